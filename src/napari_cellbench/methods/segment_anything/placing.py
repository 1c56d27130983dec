"""Which points of a grid are worth asking SAM about. Nothing here knows a framework."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .prompting import Candidate

FLAT = 16
"""Grey levels, of 256, within which a neighbourhood is empty: noise, but no outline."""
SURE = 0.9
"""Predicted IoU and stability from which a mask is one object, which needs no second point."""
KNOWN = 8
"""Objects from which the usual area is told."""
WHOLE = 1.6
"""Times the usual area up to which a mask is one cell; larger ones may be clumps."""


class Places:
    """Says which points are left, while masks are found: none in flat ground or in a sure cell.

    Parameters
    ----------
    photograph : (Y, X, 3) uint8
        The image.
    spacing
        Distance of the points, in pixels.
    areas
        Smallest and largest area of a cell, in pixels.
    """

    def __init__(
        self, photograph: NDArray[np.uint8], spacing: float, areas: tuple[float, float]
    ) -> None:
        self._flat = flat_ground(photograph, spacing)
        self._covered = np.zeros(photograph.shape[:2], bool)
        self._areas = areas
        self._known: list[int] = []
        self._waiting: list[Candidate] = []

    def wanted(self, point: NDArray[np.float64]) -> bool:
        """Tell whether to ask about a point, x before y."""
        x, y = (int(value) for value in point)
        return not (self._flat[y, x] or self._covered[y, x])

    def found(self, masks: Sequence[Candidate]) -> None:
        """Take the masks of a point into account."""
        low, high = self._areas
        for mask in masks:
            area = int(np.count_nonzero(mask.mask))
            if low <= area <= high and min(mask.iou, mask.stability) >= SURE:
                self._known.append(area)
                self._waiting.append(mask)
        if len(self._known) < KNOWN:
            return
        # A grid meets large objects more often, by their area.
        areas = np.array(self._known, np.float64)
        usual = weighted_median(areas, 1 / areas)
        for mask in self._waiting:
            if np.count_nonzero(mask.mask) <= WHOLE * usual:
                self._covered[mask.slices] |= mask.mask
        self._waiting = []


def flat_ground(photograph: NDArray[np.uint8], spacing: float) -> NDArray[np.bool_]:
    """Tell where an image shows nothing within a spacing around.

    Parameters
    ----------
    photograph : (Y, X, 3) uint8
    spacing
        In pixels.

    Returns
    -------
    (Y, X) bool
    """
    from scipy.ndimage import gaussian_filter, maximum_filter, minimum_filter

    size = 2 * max(1, round(spacing)) + 1
    flat = np.ones(photograph.shape[:2], bool)
    for colour in range(photograph.shape[2]):
        smooth = gaussian_filter(photograph[..., colour].astype(np.float32), 1)
        flat &= maximum_filter(smooth, size) - minimum_filter(smooth, size) < FLAT
    return flat


def weighted_median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Return the value at which half of the weight is reached."""
    order = np.argsort(values, kind="stable")
    share = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(share, share[-1] / 2)])


def coarse_first(rows: int, columns: int) -> NDArray[np.intp]:
    """Return the order in which a grid's points are asked: spread out first, then between.

    Returns
    -------
    (rows * columns,) intp
        Indices of the points, which are numbered row by row.
    """
    y, x = np.mgrid[:rows, :columns]
    # Every fourth row and column, every second one, the rest.
    rank = np.where((y % 4 == 2) & (x % 4 == 2), 0, np.where((y % 2 == 0) & (x % 2 == 0), 1, 2))
    return np.argsort(rank.ravel(), kind="stable")
