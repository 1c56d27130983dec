"""Objects as outlines: drawn into an image only when its size is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..instances import Instances
from ..rle import RLE, Int64, encode_pixels
from .base import Annotated, ObjectFile

MOST_PIXELS = 2**32 - 1
"""Of an image: run lengths are counted in 32 bits."""
FARTHEST = 2**24
"""No vertex may lie farther out, in pixels: it is damage, or a map."""

Ring = NDArray[np.float64]
"""(N, 2) vertices (x, y); the upper left pixel has the corners (0, 0) and (1, 1)."""


@dataclass(frozen=True, eq=False)
class Outline:
    """One object: its pixels are those whose centre is within an odd number of rings."""

    rings: tuple[Ring, ...]
    score: float | None = None


class Outlines(ObjectFile):
    """The outlined objects of one image.

    Parameters
    ----------
    name
        Of the image.
    outlines
        The objects.
    shape
        Height and width, where the file tells.
    notes
        What was left out.

    Raises
    ------
    InputError
        If a vertex is not a number, or too far out.
    """

    def __init__(
        self,
        name: str,
        outlines: Sequence[Outline],
        shape: tuple[int, int] | None = None,
        notes: Sequence[str] = (),
    ) -> None:
        self._name = name
        self._outlines = [_checked(outline, name) for outline in outlines]
        self._shape = shape
        self._notes = tuple(notes)

    @property
    def names(self) -> tuple[str, ...]:
        """The file's own name."""
        return (self._name,)

    def shape(self, name: str) -> tuple[int, int] | None:
        """Return height and width, if the file tells."""
        return self._shape

    def least_shape(self, name: str) -> tuple[int, int]:
        """Return the smallest height and width that hold all vertices."""
        corners = [ring.max(axis=0) for one in self._outlines for ring in one.rings if len(ring)]
        x, y = np.ceil(np.max(corners, axis=0)) if corners else (1, 1)
        return max(1, int(y)), max(1, int(x))

    def read(self, name: str, shape: tuple[int, int] | None = None) -> Annotated:
        """Draw the objects; those without a pixel in the image are left out, and told."""
        size = self._shape or shape or self.least_shape(name)
        drawn = [(outline, _draw(outline, size)) for outline in self._outlines]
        kept = [(outline, mask) for outline, mask in drawn if mask is not None]
        scores = [outline.score for outline, _ in kept]
        known = [score for score in scores if score is not None]
        notes = list(self._notes)
        if len(kept) < len(drawn):
            notes.append(
                f"{self._name}: {len(drawn) - len(kept):,} of {len(drawn):,} outlines hold no "
                f"pixel of an image of {size[0]} x {size[1]} pixels and are left out."
            )
        instances = Instances.from_masks(
            [mask for _, mask in kept], size, known if kept and len(known) == len(kept) else None
        )
        return Annotated(instances, notes=tuple(notes))


def known_shape(content: Any) -> tuple[int, int] | None:
    """Return the image's height and width, which files of this program have in ``shape``.

    Raises
    ------
    InputError
        If it is larger than any image whose masks can be counted.
    """
    size = content.get("shape") if isinstance(content, dict) else None
    if isinstance(size, list) and len(size) == 2 and all(type(n) is int and n > 0 for n in size):
        if size[0] * size[1] > MOST_PIXELS:
            raise InputError(f"The image is said to have {size[0]} x {size[1]} pixels: too many.")
        return size[0], size[1]
    return None


def _checked(outline: Outline, name: str) -> Outline:
    for ring in outline.rings:
        if not np.isfinite(ring).all() or (np.abs(ring) > FARTHEST).any():
            raise InputError(
                f"{name}: an outline has coordinates that are no pixels. Were they exported in "
                "micrometres or degrees?"
            )
    return outline


def _draw(outline: Outline, shape: tuple[int, int]) -> RLE | None:
    inside: Int64 = np.empty(0, np.int64)
    for ring in outline.rings:
        inside = np.setxor1d(inside, _filled(ring, shape), assume_unique=True)
    if not len(inside):
        return None
    rows, columns = np.divmod(inside, shape[1])
    return encode_pixels(rows, columns, shape)


def _filled(ring: Ring, shape: tuple[int, int]) -> Int64:
    """Return the pixels whose centres a ring encloses, as numbers row by row.

    Only the rows and columns of the ring are looked at: an image may hold thousands.
    """
    if len(ring) < 3:
        return np.empty(0, np.int64)
    height, width = shape
    left, top = np.maximum(np.floor(ring.min(axis=0)).astype(int), 0)
    right, bottom = np.minimum(np.ceil(ring.max(axis=0)).astype(int), (width, height))
    if left >= right or top >= bottom:
        return np.empty(0, np.int64)
    start, end = ring, np.roll(ring, -1, axis=0)
    y = np.arange(top, bottom)[:, None] + 0.5
    # A row's centre line crosses an edge that begins above it and ends below, or the reverse.
    crosses = (start[:, 1] <= y) != (end[:, 1] <= y)
    row, edge = np.nonzero(crosses)
    share = (y[row, 0] - start[edge, 1]) / (end[edge, 1] - start[edge, 1])
    x = start[edge, 0] + share * (end[edge, 0] - start[edge, 0])
    # Every crossing switches all pixels to its right whose centre is beyond it.
    first = np.clip(np.ceil(x - 0.5).astype(int), left, right) - left
    switches = np.zeros((bottom - top, right - left + 1), np.int64)
    np.add.at(switches, (row, first), 1)
    rows, columns = np.nonzero(np.cumsum(switches, axis=1)[:, :-1] % 2)
    pixels: Int64 = (rows + top) * width + columns + left
    return pixels
