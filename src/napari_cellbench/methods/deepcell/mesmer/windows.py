"""Overlapping windows of an image, and the maps of windows blended into one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SHARE = 0.75
"""Distance of windows, as a share of their side."""

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Windows:
    """How an image is covered by windows.

    Attributes
    ----------
    shape
        Height and width of the image.
    size
        Side of a window, in pixels.
    pad
        Pixels before and after, along y and x: where the windows reach beyond the image.
    starts
        First row and column of each window in the padded image, row by row.
    """

    shape: tuple[int, int]
    size: int
    pad: tuple[tuple[int, int], tuple[int, int]]
    starts: tuple[tuple[int, int], ...]

    @classmethod
    def over(cls, shape: tuple[int, int], size: int) -> Windows:
        """Cover an image of at least the size of a window."""
        step = int(size * SHARE)
        counts = [max(1, 1 + -(-(length - size) // step)) for length in shape]
        more = [size + step * (n - 1) - length for n, length in zip(counts, shape, strict=True)]
        y, x = ((-(-lack // 2), lack // 2) for lack in more)
        rows, columns = (range(0, step * n, step) for n in counts)
        return cls(shape, size, (y, x), tuple((row, column) for row in rows for column in columns))

    def cut(self, image: Array) -> list[Array]:
        """Return each window of (C, Y, X); 0 beyond the image."""
        padded = np.pad(image, ((0, 0), *self.pad))
        return [padded[:, r : r + self.size, c : c + self.size] for r, c in self.starts]

    def blend(self, maps: list[Array]) -> Array:
        """Return the sum of the maps of all windows (C, size, size), faded where they overlap.

        Returns
        -------
        (C, Y, X) float32
        """
        ends = [max(starts) for starts in zip(*self.starts, strict=True)]
        padded = np.zeros((len(maps[0]), *(end + self.size for end in ends)), np.float32)
        for (row, column), found in zip(self.starts, maps, strict=True):
            y = self._weights(row > 0, row < ends[0])
            x = self._weights(column > 0, column < ends[1])
            at = np.s_[:, row : row + self.size, column : column + self.size]
            padded[at] += found * y[:, None] * x
        (top, _), (left, _) = self.pad
        return padded[:, top : top + self.shape[0], left : left + self.shape[1]]

    def _weights(self, fades_in: bool, fades_out: bool) -> Array:
        """Return the weights along an axis: a squared spline where a neighbour lies."""
        overlap = self.size - int(self.size * SHARE)
        place = (np.arange(overlap) + 0.5) / overlap
        rise = np.where(place < 0.5, 2 * place**2, 1 - 2 * (1 - place) ** 2)
        # As DeepCell scales it: to 1 at its last pixel, by which two add up to 1 + 1/512 at most.
        rise /= rise[-1]
        weights = np.ones(self.size, np.float32)
        if fades_in:
            weights[:overlap] = rise
        if fades_out:
            weights[-overlap:] = rise[::-1]
        return weights
