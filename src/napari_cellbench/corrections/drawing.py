"""What a person draws, in pixels: outlines and lines.

Coordinates are (row, column); whole numbers are the centres of pixels, as in napari.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from .lookup import Box

Float64 = NDArray[np.float64]
Mask = NDArray[np.bool_]

BEYOND = 1e9
"""No image has so many rows or columns; sums of larger coordinates might overflow."""


def outline_mask(vertices: ArrayLike, shape: Sequence[int]) -> tuple[Mask, Box]:
    """Fill an outline, which closes itself.

    A pixel is inside if its centre is, so that outlines side by side share none. Where an outline
    crosses itself, as at the end of one drawn by hand, what it goes round at all is inside.

    Parameters
    ----------
    vertices : (N, 2) float
        Rows and columns, at least three; they may lie outside the image.
    shape
        Height and width of the image.

    Returns
    -------
    mask : (H, W) bool
        Of the box.
    box
        Where in the image.

    Raises
    ------
    InputError
        If these are no vertices, or no pixel of the image is inside.

    Examples
    --------
    >>> mask, box = outline_mask([(1, 1), (1, 4), (3, 4), (3, 1)], (9, 9))
    >>> box, int(mask.sum())
    ((1, 1, 3, 4), 6)
    """
    points = _points(vertices, 3, "An outline")
    height, width = shape[0], shape[1]
    low, high = np.ceil(points.min(axis=0)), np.ceil(points.max(axis=0))
    top, left = (int(v) for v in np.clip(low, 0, (height, width)))
    bottom, right = (int(v) for v in np.clip(high, 0, (height, width)))
    if bottom <= top or right <= left:
        raise InputError("No pixel of the image lies inside this outline.")
    turns = np.zeros((bottom - top, right - left + 1), np.int32)
    for (y0, x0), (y1, x1) in zip(points, np.roll(points, -1, axis=0), strict=True):
        first, last = sorted((np.clip(np.ceil(y0), top, bottom), np.clip(np.ceil(y1), top, bottom)))
        rows = np.arange(int(first), int(last))
        if len(rows):
            # From the crossing on to the right, the outline is gone round once more.
            crossing = np.ceil(x0 + (rows - y0) / (y1 - y0) * (x1 - x0))
            columns = np.clip(crossing, left, right).astype(int) - left
            turns[rows - top, columns] += 1 if y1 > y0 else -1
    mask = np.cumsum(turns, axis=1)[:, :-1] != 0
    if not mask.any():
        raise InputError("No pixel of the image lies inside this outline.")
    return mask, (top, left, bottom, right)


def line_pixels(line: ArrayLike, shape: Sequence[int]) -> NDArray[np.int64]:
    """Return the pixels that a line passes, without gaps: each has a side in common with the next.

    Parameters
    ----------
    line : (N, 2) float
        Rows and columns, at least two.
    shape
        Height and width of the image; what lies outside is left out.

    Returns
    -------
    (M, 2) int64
        In the order of drawing; none twice in a row.

    Raises
    ------
    InputError
        If it is no line, or none of it lies in the image.

    Examples
    --------
    >>> line_pixels([(0, 0), (1, 1)], (4, 4)).tolist()
    [[0, 0], [1, 0], [1, 1]]
    """
    points = _points(line, 2, "A line")
    # What was drawn that far outside must not take memory.
    far = 50.0 * (max(shape[:2]) + 1)
    points = np.clip(points, -far, far)
    steps = []
    for start, end in pairwise(points):
        n = int(np.ceil(4 * np.abs(end - start).max())) + 1
        steps.append(start + np.linspace(0, 1, n + 1)[:, None] * (end - start))
    passed = np.floor(np.concatenate(steps) + 0.5).astype(np.int64)
    passed = passed[np.concatenate([[True], (np.diff(passed, axis=0) != 0).any(axis=1)])]
    diagonal = np.flatnonzero((np.diff(passed, axis=0) != 0).all(axis=1)) + 1
    corners = np.stack([passed[diagonal, 0], passed[diagonal - 1, 1]], axis=1)
    passed = np.insert(passed, diagonal, corners, axis=0)
    inside = ((passed >= 0) & (passed < shape[:2])).all(axis=1)
    if not inside.any():
        raise InputError("This line lies outside the image.")
    return passed[inside]


def cells_on_line(labels: NDArray[Any], line: ArrayLike) -> list[int]:
    """Return the ids of the cells that a line touches, in the order of drawing.

    Raises
    ------
    InputError
        If it is no line, or none of it lies in the image.
    """
    rows, columns = line_pixels(line, labels.shape).T
    return [cell for cell in dict.fromkeys(labels[rows, columns].tolist()) if cell > 0]


def _points(given: ArrayLike, least: int, what: str) -> Float64:
    points = np.asarray(given, float)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < least:
        raise InputError(f"{what} needs {least} points (row, column) or more.")
    if not np.isfinite(points).all():
        raise InputError(f"{what} must not have points that are no numbers.")
    near: Float64 = np.clip(points, -BEYOND, BEYOND)
    return near
