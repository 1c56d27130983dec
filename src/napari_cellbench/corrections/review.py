"""What a person has checked: a state for each cell, and how far the work is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from ..durations import spoken
from .doubts import At, Doubt
from .edit import Edit
from .lookup import Box
from .pace import Pace

Key = tuple[At, int]
"""A cell: its plane of a stack, and its id there."""
Place = tuple[At, Box]
"""A place without a cell: its plane, and the box of the doubt about it."""


class CellState(Enum):
    """What a person says of a cell."""

    UNSEEN = "unseen"
    RIGHT = "right"
    CORRECTED = "corrected"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Change:
    """What a step changed, to be taken back.

    Attributes
    ----------
    before
        The states as they were; None for cells that weren't there.
    places
        Places that were settled.
    """

    before: Mapping[Key, CellState | None]
    places: frozenset[Place] = frozenset()


@dataclass(frozen=True)
class Progress:
    """How far the work is.

    Attributes
    ----------
    total
        Cells there are.
    right, corrected, unsure, unseen
        How many are in each state.
    seconds_left
        For those that are unseen or unsure, at the pace of the recent decisions; None as long as
        nobody can know.

    Examples
    --------
    >>> Progress(420, 301, 11, 3, 105, 370.0).text()
    '312 of 420 checked, 11 corrected, 3 unsure, about 6 min left'
    """

    total: int
    right: int
    corrected: int
    unsure: int
    unseen: int
    seconds_left: float | None = None

    @property
    def checked(self) -> int:
        """Cells that are decided on."""
        return self.right + self.corrected

    @property
    def left(self) -> int:
        """Cells that are still to be looked at, or once more."""
        return self.unsure + self.unseen

    def text(self) -> str:
        """Say it in a line."""
        parts = [f"{self.checked:,} of {self.total:,} checked"]
        parts += [f"{self.corrected:,} corrected"] if self.corrected else []
        parts += [f"{self.unsure:,} unsure"] if self.unsure else []
        if self.left and self.seconds_left is not None:
            seconds = self.seconds_left
            about = round(seconds / 60) * 60 if seconds >= 60 else seconds
            parts.append(f"about {spoken(about)} left")
        return ", ".join(parts)


class Review:
    """The states of all cells of an image or stack.

    Parameters
    ----------
    states, places
        Those of an earlier session.
    pace
        That of the person.

    Examples
    --------
    >>> review = Review()
    >>> review.meet([1, 2, 5])
    >>> change = review.mark(2, CellState.RIGHT)
    >>> review.state(2), review.progress().text()
    (<CellState.RIGHT: 'right'>, '1 of 3 checked')
    >>> review.take_back(change)
    >>> review.state(2)
    <CellState.UNSEEN: 'unseen'>
    """

    def __init__(
        self,
        states: Mapping[Key, CellState] | None = None,
        places: Iterable[Place] = (),
        pace: Pace | None = None,
    ) -> None:
        self._states: dict[Key, CellState] = dict(states or {})
        self._settled: set[Place] = set(places)
        self.pace = pace or Pace()

    @property
    def states(self) -> Mapping[Key, CellState]:
        """The state of each cell there is."""
        return self._states

    @property
    def places(self) -> frozenset[Place]:
        """Places without a cell that were found right as they are; see `settle`."""
        return frozenset(self._settled)

    def meet(self, ids: Iterable[int], at: At = ()) -> None:
        """Take note of the cells that a plane has: new ones are unseen, others drop out."""
        there = {int(cell) for cell in ids}
        for key in [key for key in self._states if key[0] == at and key[1] not in there]:
            del self._states[key]
        for cell in sorted(there):
            self._states.setdefault((at, cell), CellState.UNSEEN)

    def state(self, cell: int, at: At = ()) -> CellState:
        """Return the state of a cell; unseen where it isn't known."""
        return self._states.get((at, cell), CellState.UNSEEN)

    def mark(self, cells: int | Iterable[int], state: CellState, at: At = ()) -> Change:
        """Give cells a state; those that aren't there are left out.

        Returns
        -------
        Change
            For `take_back`.
        """
        ids = map(int, cells if isinstance(cells, Iterable) else (cells,))
        known = {(at, cell): state for cell in ids if (at, cell) in self._states}
        self.pace.note(decided=self._fewer_left(known))
        return self._put(known)

    def note(self, edit: Edit, at: At = ()) -> Change:
        """Take note of an edit that was applied.

        Cells that were made or changed are corrected, those that are gone drop out. Cells that
        only got another id keep their state.

        Returns
        -------
        Change
            For `take_back`, when the edit is undone.
        """
        new: dict[Key, CellState | None] = {}
        if edit.renamed:
            new = {(at, old): None for old in edit.renamed}
            for old, cell in edit.renamed.items():
                new[at, cell] = self.state(old, at)
        else:
            gone = set(edit.gone)
            new = {(at, cell): CellState.CORRECTED for cell in edit.changed_ids if cell not in gone}
            new |= {(at, cell): None for cell in gone}
        self.pace.note(decided=self._fewer_left(new))
        return self._put(new)

    def take_back(self, change: Change) -> None:
        """Give all cells of a step the states that they had before."""
        self._put(change.before)
        self._settled -= change.places

    def settle(self, doubt: Doubt, state: CellState = CellState.RIGHT) -> Change:
        """Say of all cells of a doubt what they are; of a place without a cell, that none is there.

        Returns
        -------
        Change
            For `take_back`.
        """
        if doubt.cells:
            return self.mark(doubt.cells, state, doubt.at)
        place = (doubt.at, doubt.box)
        new = frozenset({place} - self._settled) if state is not CellState.UNSURE else frozenset()
        self.pace.note(decided=False)
        self._settled |= new
        return Change({}, new)

    def is_open(self, doubt: Doubt) -> bool:
        """Return whether a doubt is still to be looked at: a cell of it is unseen or unsure."""
        if not doubt.cells:
            return (doubt.at, doubt.box) not in self._settled
        states = [self._states.get((doubt.at, cell)) for cell in doubt.cells]
        return CellState.UNSEEN in states or CellState.UNSURE in states

    def open(self, doubts: Iterable[Doubt], state: CellState | None = None) -> list[Doubt]:
        """Return the doubts that are still to be looked at, in their order.

        Parameters
        ----------
        doubts
            Of one list or several.
        state
            Only those with a cell in that state; all by default.
        """
        if state is None:
            return [one for one in doubts if self.is_open(one)]
        return [one for one in doubts if state in {self.state(i, one.at) for i in one.cells}]

    def progress(self, within: Callable[[Key], bool] | None = None) -> Progress:
        """Count the states.

        Parameters
        ----------
        within
            Which cells count, such as those of a plane; all by default.
        """
        keys = self._states if within is None else filter(within, self._states)
        count = Counter(self._states[key] for key in keys)
        left = count[CellState.UNSEEN] + count[CellState.UNSURE]
        each = self.pace.each
        return Progress(
            count.total(),
            count[CellState.RIGHT],
            count[CellState.CORRECTED],
            count[CellState.UNSURE],
            count[CellState.UNSEEN],
            None if each is None else each * left,
        )

    def _fewer_left(self, new: Mapping[Key, CellState | None]) -> bool:
        """Return whether less is to be looked at with new states."""
        return any(
            (self._states.get(key) is CellState.UNSEEN and state is not CellState.UNSEEN)
            or (
                self._states.get(key) is CellState.UNSURE
                and state not in (CellState.UNSEEN, CellState.UNSURE)
            )
            for key, state in new.items()
        )

    def _put(self, new: Mapping[Key, CellState | None]) -> Change:
        before = {key: self._states.get(key) for key in new}
        for key, state in new.items():
            if state is None:
                self._states.pop(key, None)
            else:
                self._states[key] = state
        return Change(before)
