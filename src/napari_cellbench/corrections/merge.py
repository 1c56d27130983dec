"""Merging cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from .drawing import Mask, cells_on_line
from .edit import Edit
from .lookup import Box, boxes_of, check_plane, joined, region_of, widened, within

GAP = 2.0
"""Width of a gap between two parts of a cell, in pixels, that merging closes.

Methods that put lines between cells leave one pixel; two touching outlines drawn by hand, two.
"""


def merge(labels: NDArray[Any], cells: Sequence[int], *, gap: float = GAP) -> Edit:
    """Make one cell of several; it has the id of the first.

    Parameters
    ----------
    labels : (Y, X) integer
    cells
        Two ids or more. Cells that are further apart become one of several pieces.
    gap
        Background between two of them becomes part of the cell where it is so narrow, in pixels.

    Raises
    ------
    InputError
        If there are fewer than two, or one isn't there.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.array([[7, 7, 0, 2, 2, 0]])
    >>> edit = merge(labels, [2, 7])
    >>> edit.apply(labels)
    >>> labels, edit.gone
    (array([[2, 2, 2, 2, 2, 0]]), (7,))
    """
    check_plane(labels)
    ids = list(dict.fromkeys(int(cell) for cell in cells))
    if len(ids) < 2:
        raise InputError("Merging takes two cells: choose another one.")
    boxes = boxes_of(labels, ids)
    whole = joined(boxes)
    after = labels[region_of(whole)].copy()
    free = after == 0
    masks = [labels[region_of(box)] == cell for cell, box in zip(ids, boxes, strict=True)]
    for mask, box in zip(masks, boxes, strict=True):
        after[within(box, whole)][mask] = ids[0]
    if gap > 0:
        after[_between(masks, boxes, whole, gap) & free] = ids[0]
    what = f"Merge cells {ids[0]} and {ids[1]}" if len(ids) == 2 else f"Merge {len(ids)} cells"
    return Edit.between(labels, region_of(whole), after, what)


def merge_along(labels: NDArray[Any], line: ArrayLike, *, gap: float = GAP) -> Edit:
    """Make one cell of all that a drawn line touches; it has the id of the first.

    Parameters
    ----------
    labels : (Y, X) integer
    line : (N, 2) float
        Rows and columns in pixels.
    gap
        See `merge`.

    Raises
    ------
    InputError
        If it touches fewer than two cells.
    """
    check_plane(labels)
    ids = cells_on_line(labels, line)
    if len(ids) < 2:
        touched = "only one cell" if ids else "no cell"
        raise InputError(f"The line touches {touched}: draw it from one cell into the other.")
    return merge(labels, ids, gap=gap)


def _between(masks: Sequence[Mask], boxes: Sequence[Box], whole: Box, gap: float) -> Mask:
    """Return where the distances to the two nearest of the cells make up a gap at most."""
    from scipy.ndimage import distance_transform_edt

    # From side to side of a gap of n pixels, the distances to both are n + 1.
    reach = gap + 1
    shape = whole[2] - whole[0], whole[3] - whole[1]
    nearest, second = np.full(shape, np.inf, np.float32), np.full(shape, np.inf, np.float32)
    for mask, box in zip(masks, boxes, strict=True):
        own = (box[0] - whole[0], box[1] - whole[1], box[2] - whole[0], box[3] - whole[1])
        around = widened(own, int(np.ceil(reach)), shape)
        outside = np.ones((around[2] - around[0], around[3] - around[1]), bool)
        outside[within(own, around)] = ~mask
        distance = distance_transform_edt(outside).astype(np.float32)
        first, next_one = nearest[region_of(around)], second[region_of(around)]
        np.minimum(next_one, np.maximum(first, distance), out=next_one)
        np.minimum(first, distance, out=first)
    return nearest + second <= reach * (1 + 1e-6)
