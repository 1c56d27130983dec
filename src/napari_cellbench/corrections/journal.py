"""What was done, step by step, and what of a review is written down."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from .doubts import At
from .pace import Pace
from .review import CellState, Place, Review

KEPT = 5000
"""So many steps are remembered, the last ones."""


@dataclass(frozen=True)
class Entry:
    """One step.

    Attributes
    ----------
    time
        When, in ISO 8601 and UTC.
    what
        In words, such as `Edit.what`.
    cells
        Ids of the cells that it changed.
    at
        The plane of a stack.
    """

    time: str
    what: str
    cells: tuple[int, ...] = ()
    at: tuple[int, ...] = ()


class Journal:
    """The steps of a correction, the latest last.

    Parameters
    ----------
    entries
        Those of an earlier session.
    """

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._entries = deque(entries, KEPT)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The last `KEPT` steps."""
        return tuple(self._entries)

    def note(self, what: str, cells: Iterable[int] = (), at: At = ()) -> Entry:
        """Take note of a step that was done just now."""
        entry = Entry(
            datetime.now(UTC).isoformat(timespec="seconds"), what, tuple(map(int, cells)), at
        )
        self._entries.append(entry)
        return entry


@dataclass(frozen=True)
class States:
    """The states of a plane's cells, by state."""

    at: tuple[int, ...]
    cells: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Snapshot:
    """A review and its journal at one moment, for another thread to write.

    Attributes
    ----------
    states
        Plane by plane.
    places
        See `Review.places`.
    pace
        Seconds of the recent decisions.
    history
        The last steps.
    """

    states: tuple[States, ...] = ()
    places: tuple[tuple[tuple[int, ...], tuple[int, int, int, int]], ...] = ()
    pace: tuple[float, ...] = ()
    history: tuple[Entry, ...] = field(default=())

    @classmethod
    def of(cls, review: Review, journal: Journal | None = None) -> Snapshot:
        """Take down a review as it is now.

        Examples
        --------
        >>> review = Review({((), 3): CellState.RIGHT, ((), 5): CellState.RIGHT})
        >>> Snapshot.of(review).states
        (States(at=(), cells={'right': (3, 5)}),)
        >>> Snapshot.of(review).review().state(5)
        <CellState.RIGHT: 'right'>
        """
        planes: dict[At, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for (at, cell), state in review.states.items():
            planes[at][state.value].append(cell)
        return cls(
            tuple(
                States(at, {state: tuple(cells) for state, cells in by_state.items()})
                for at, by_state in planes.items()
            ),
            tuple(sorted(review.places)),
            review.pace.seconds,
            journal.entries if journal is not None else (),
        )

    def review(self) -> Review:
        """Return a review to go on with; states that this version doesn't know are unseen."""
        known = {state.value: state for state in CellState}
        states = {
            (plane.at, cell): known.get(name, CellState.UNSEEN)
            for plane in self.states
            for name, cells in plane.cells.items()
            for cell in cells
        }
        places: list[Place] = [(at, box) for at, box in self.places]
        return Review(states, places, Pace(self.pace))

    def journal(self) -> Journal:
        """Return the journal to go on with."""
        return Journal(self.history)
