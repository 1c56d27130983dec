"""Asking a network about a place: what is asked, and what is answered.

All of it is plain arrays, which travel between processes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

LOW = 256
"""Side of SAM's masks before they are enlarged."""

Origin = Literal["point", "refined", "size", "box"]


@dataclass(frozen=True)
class Prompt:
    """What a person points at, in pixels of the whole image.

    Attributes
    ----------
    points : (N, 2) float
        y and x.
    positive : (N,) bool
        Whether a point lies in the cell, or beside it.
    box
        First row, first column, row and column behind the last ones.
    logits : (256, 256) float32
        Of the candidate that is to be corrected: `Candidate.logits`, in the same view.
    """

    points: NDArray[np.float64]
    positive: NDArray[np.bool_]
    box: tuple[float, float, float, float] | None = None
    logits: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        if self.points.ndim != 2 or self.points.shape[1] != 2:
            raise InputError("A prompt's points are pairs of y and x.")
        if self.positive.shape != (len(self.points),):
            raise InputError("Each point of a prompt is positive or negative.")
        if self.box is None and not self.positive.any():
            raise InputError("A prompt needs a positive point or a box.")
        if self.box is not None and not (self.box[0] < self.box[2] and self.box[1] < self.box[3]):
            raise InputError("A prompt's box has no area.")
        if self.logits is not None and self.logits.shape != (LOW, LOW):
            raise InputError(f"The logits of a prompt are {LOW} x {LOW}.")

    @classmethod
    def click(cls, y: float, x: float) -> Prompt:
        """Point at one place in a cell."""
        return cls(np.array([[y, x]], np.float64), np.ones(1, bool))

    @classmethod
    def drag(cls, y0: float, x0: float, y1: float, x1: float) -> Prompt:
        """Draw a box around a cell, from any corner to the opposite one."""
        (y0, y1), (x0, x1) = sorted((y0, y1)), sorted((x0, x1))
        return cls(np.zeros((0, 2)), np.zeros(0, bool), (y0, x0, y1, x1))

    def corrected(self, y: float, x: float, positive: bool, chosen: Candidate) -> Prompt:
        """Add a point that says what is wrong with the candidate that was chosen."""
        return replace(self.pointed(y, x, positive), logits=chosen.logits)

    def pointed(self, y: float, x: float, positive: bool) -> Prompt:
        """Add a point."""
        points = np.concatenate([self.points, [[y, x]]])
        return replace(self, points=points, positive=np.append(self.positive, positive))


@dataclass(frozen=True)
class Candidate:
    """One mask that a prompt may have meant.

    Attributes
    ----------
    mask : (h, w) bool
        Cut to its box; without rows where it is empty.
    offset
        Row and column of its first pixel in the whole image.
    iou
        That SAM itself expects.
    stability
        Share of its pixels that a cut-off above and one below have in common, 0 to 1.
    logits : (256, 256) float32
        To correct it from, in the view's own frame.
    origin
        How it was asked for: by the point alone, by correcting the answer, or by a box.
    unfinished
        Whether it goes on beyond the window that it was looked for in.
    """

    mask: NDArray[np.bool_]
    offset: tuple[int, int]
    iou: float
    stability: float
    logits: NDArray[np.float32]
    origin: Origin = "point"
    unfinished: bool = False

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns of the whole image that `mask` covers."""
        (y, x), (h, w) = self.offset, self.mask.shape
        return slice(y, y + h), slice(x, x + w)

    def whole(self, shape: tuple[int, int]) -> NDArray[np.bool_]:
        """Return the mask in the whole image."""
        out = np.zeros(shape, bool)
        out[self.slices] = self.mask
        return out


@dataclass(frozen=True)
class Candidates:
    """What SAM answered, the best first.

    Attributes
    ----------
    found
        At least one.
    scores
        By which they are ranked, descending.
    """

    found: tuple[Candidate, ...]
    scores: tuple[float, ...]

    @property
    def best(self) -> Candidate:
        """The first one."""
        return self.found[0]
