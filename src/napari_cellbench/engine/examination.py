"""A run under examination: what only the worker process sees of a prediction is told as well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import Cancelled
from ..methods.home import Home

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Examine:
    """How a run is to be examined.

    Attributes
    ----------
    home
        Where the method's class lies, if no entry point announces it.
    stop_at
        Report of progress, from 0, at which the method is told to stop, as if the user cancelled
        just then; None for never.
    """

    home: Home | None = None
    stop_at: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON; `from_dict` reads that."""
        home = None if self.home is None else [self.home.name, self.home.folder]
        return {"home": home, "stop_at": self.stop_at}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Examine:
        """Read what `to_dict` returned."""
        home = told["home"]
        return cls(None if home is None else Home(*home), told["stop_at"])


@dataclass(frozen=True)
class Examination:
    """What the worker saw of a prediction; of the last one where there were several tiles.

    Attributes
    ----------
    input_changed
        Whether the array that the method got was written to.
    steps
        Its reports of progress, (current, maximum) each.
    tile_size, tile_overlap
        How it wants large images cut, in pixels.
    """

    input_changed: bool
    steps: tuple[tuple[float, float], ...]
    tile_size: int
    tile_overlap: int


class Watch:
    """Watches a prediction, in the worker.

    Parameters
    ----------
    asked
        How.
    image : (C, Y, X) array
        What the method gets.
    """

    def __init__(self, asked: Examine, image: NDArray[Any]) -> None:
        self._asked, self._image, self._before = asked, image, image.copy()
        self._steps: list[tuple[float, float]] = []

    def note(self, current: float, maximum: float) -> None:
        """Take note of a report of progress.

        Raises
        ------
        Cancelled
            If it is the one at which the method is to stop.
        """
        self._steps.append((float(current), float(maximum)))
        stop_at = self._asked.stop_at
        if stop_at is not None and len(self._steps) > stop_at:
            raise Cancelled("Stopped.")

    def tell(self) -> dict[str, Any]:
        """Return what was seen, for JSON; `examination` reads it."""
        changed = self._image.tobytes() != self._before.tobytes()
        return {"input_changed": changed, "steps": self._steps}


def examination(told: Mapping[str, Any], size: int, overlap: int) -> Examination:
    """Read what `Watch.tell` returned, with the tiles' size and overlap in pixels."""
    steps = tuple((step[0], step[1]) for step in told["steps"])
    return Examination(told["input_changed"], steps, size, overlap)
