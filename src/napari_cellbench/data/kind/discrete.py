"""Images of numbers that aren't brightness: masks and labels."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

SAME = 0.75
"""Of neighbours inside of objects, at least so many have the same label."""
JUMP = 0.1
"""Unequal neighbours of labels differ by this share of the range or more; brightness changes by
less from pixel to pixel."""
CLASSES = 4
"""A flat image of so few values, the background included, tells kinds of pixels and not cells."""
ROWS = 4
"""Each so many-th row is looked at for pairs of neighbours."""
SMALLEST = 3
"""Pixels of a piece that is counted."""


def discrete_kind(image: NDArray[Any]) -> Literal["mask", "labels"] | None:
    """Say whether a (C, Y, X) image is a mask or holds labels; None for any other.

    Colours of labels count as numbers, too.
    """
    plane = _as_numbers(image)
    if plane is None or min(plane.shape) < 2:
        return None
    rows = plane[::ROWS]
    left, right = rows[:, :-1], rows[:, 1:]
    inside = (left != 0) & (right != 0)
    unequal = left != right
    n_inside = int(inside.sum())
    same = 1 - int((unequal & inside).sum()) / n_inside if n_inside else 1.0
    if same < SAME or not unequal.any():
        return None
    values = np.unique(plane[:: _step(plane.shape[0]), :: _step(plane.shape[1])])
    if len(values) <= CLASSES:
        # Of a dim image, too, few values are left; but they speckle.
        return "mask" if len(values) > 1 and unequal.mean() < 1 - SAME else None
    jumps = np.abs(right[unequal].astype(np.float64) - left[unequal].astype(np.float64))
    apart = float(np.median(jumps)) >= JUMP * float(values[-1] - values[0])
    coloured = len(image) > 1
    return "labels" if (apart and not coloured) or _in_one_piece(plane) else None


def _as_numbers(image: NDArray[Any]) -> NDArray[Any] | None:
    """Return one whole number a pixel, the background's being 0; None for other numbers."""
    if image.dtype.kind == "f":
        finite = image[:, ::ROWS][np.isfinite(image[:, ::ROWS])]
        if not finite.size or (finite != np.round(finite)).any() or np.abs(finite).max() > 2**53:
            return None
        image = np.nan_to_num(image, nan=0, posinf=0, neginf=0).astype(np.int64)
    if len(image) == 1:
        plane = image[0]
        return plane if plane.dtype.kind in "biu" and not (plane.min() < 0) else None
    if image.dtype.itemsize > 2 or len(image) > 3:
        return None
    numbers = np.zeros(image.shape[1:], np.int64)
    for channel in image:
        numbers = (numbers << 16) | channel
    return numbers


def _in_one_piece(plane: NDArray[Any]) -> bool:
    """Say whether each number fills one connected piece of some size, as labels do, or few more."""
    plane = plane[:: _step(plane.shape[0]), :: _step(plane.shape[1])]
    number = np.arange(plane.size).reshape(plane.shape)
    across, down = plane[:, 1:] == plane[:, :-1], plane[1:] == plane[:-1]
    ends = (
        np.concatenate([number[:, 1:][across], number[1:][down]]),
        np.concatenate([number[:, :-1][across], number[:-1][down]]),
    )
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    graph = sparse.coo_array((np.ones(len(ends[0]), np.bool_), ends), (plane.size,) * 2)
    _, piece = connected_components(graph, directed=False)
    sizes = np.bincount(piece)
    _, firsts = np.unique(piece, return_index=True)
    value_of = plane.ravel()[firsts]
    pieces = (sizes >= SMALLEST) & (value_of != 0)
    if sizes[pieces].sum() < SAME * np.count_nonzero(plane):
        return False
    return 0 < int(pieces.sum()) <= 1.5 * len(np.unique(value_of[pieces])) + CLASSES


def _step(length: int) -> int:
    return max(1, length // 512)
