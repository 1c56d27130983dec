"""Changing the shape of a cell: holes, outline, pieces, size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..morphology import GrowthField
from .edit import Edit
from .lookup import box_of, boxes_of, joined, region_of, widened, within
from .pieces import largest_piece, pieces_of

FAR = 1000.0
"""Pixels that a cell is grown, shrunk or smoothed over at most."""


def fill_holes(labels: NDArray[Any], cells: int | Sequence[int]) -> Edit:
    """Fill the background that cells enclose; other cells in it stay.

    Parameters
    ----------
    labels : (Y, X) integer
    cells
        Id or ids.

    Raises
    ------
    InputError
        If one of them isn't there, or none has a hole.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.array([[3, 3, 3], [3, 0, 3], [3, 3, 3]])
    >>> fill_holes(labels, 3).size_changes
    {3: 1}
    """
    from scipy.ndimage import binary_fill_holes

    ids = [int(cell) for cell in np.atleast_1d(cells)]
    if not ids:
        raise InputError("Choose a cell whose holes are to be filled.")
    boxes = boxes_of(labels, ids)
    whole = joined(boxes)
    after = labels[region_of(whole)].copy()
    for cell, box in zip(ids, boxes, strict=True):
        inside = after[within(box, whole)]
        inside[binary_fill_holes(inside == cell) & (inside == 0)] = cell
    one = len(ids) == 1
    what = f"Fill the holes of cell {ids[0]}" if one else f"Fill the holes of {len(ids)} cells"
    said = f"Cell {ids[0]} has no hole." if one else "None of these cells has a hole."
    return Edit.between(labels, region_of(whole), after, what, said)


def smooth(labels: NDArray[Any], cell: int, radius: float = 2.0) -> Edit:
    """Smooth a cell's outline, with the same area as before.

    The mask is blurred and cut off where that leaves as many pixels as it had. Opening and closing
    would take away or add all that is narrow, and change the size that is to be measured; here what
    corners lose goes to notches. The pixels of others are not taken. Where a neck narrower than
    the blur gives way, the larger side stays.

    Parameters
    ----------
    labels : (Y, X) integer
    cell
        Its id.
    radius
        Standard deviation of the blur in pixels.

    Raises
    ------
    InputError
        If there is no such cell, the radius isn't above 0, or nothing is left to be smoothed.
    """
    from scipy.ndimage import gaussian_filter

    if not 0 < radius <= FAR:
        raise InputError(f"The radius must be above 0 and at most {FAR:g}, not {radius}.")
    box = widened(box_of(labels, cell), int(np.ceil(3 * radius)), labels.shape)
    before = labels[region_of(box)]
    mask = before == cell
    allowed = mask | (before == 0)
    # Beyond the image, a cell goes on as it ends.
    blurred = gaussian_filter(mask.astype(np.float64), radius, mode="nearest")
    candidates = np.flatnonzero(allowed)
    # Of equals, those that are in the cell.
    order = np.lexsort((~mask.ravel()[candidates], -np.round(blurred.ravel()[candidates], 9)))
    kept = np.zeros(mask.shape, bool)
    kept.ravel()[candidates[order[: np.count_nonzero(mask)]]] = True
    if pieces_of(mask)[1].size == 1:
        kept = largest_piece(kept)
    after = np.where(mask, before.dtype.type(0), before)
    after[kept] = cell
    said = f"The outline of cell {cell} is as smooth as that already."
    return Edit.between(labels, region_of(box), after, f"Smooth cell {cell}", said)


def keep_largest(labels: NDArray[Any], cell: int) -> Edit:
    """Delete all pieces of a cell but the largest.

    Parameters
    ----------
    labels : (Y, X) integer
    cell
        Its id. Pieces are those that have no side of a pixel in common.

    Raises
    ------
    InputError
        If there is no such cell, or it is in one piece.
    """
    box = box_of(labels, cell)
    after = labels[region_of(box)].copy()
    mask = after == cell
    after[mask & ~largest_piece(mask)] = 0
    what = f"Keep the largest piece of cell {cell}"
    return Edit.between(labels, region_of(box), after, what, f"Cell {cell} is in one piece.")


def grow(labels: NDArray[Any], cell: int, distance: float) -> Edit:
    """Grow a cell, or shrink it where the distance is negative, as Adjust does; others stay.

    It gets the background that Adjust would give it: what is within the distance and not nearer to
    another cell. Of a cell that falls apart by shrinking the largest piece stays.

    Parameters
    ----------
    labels : (Y, X) integer
    cell
        Its id.
    distance
        Pixels.

    Raises
    ------
    InputError
        If there is no such cell, it has no room to grow, or would vanish.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.array([[0, 0, 0, 5, 0, 0, 0, 2]])
    >>> edit = grow(labels, 5, 2)
    >>> edit.apply(labels)
    >>> labels
    array([[0, 5, 5, 5, 5, 5, 0, 2]])
    """
    if not 0 < abs(distance) <= FAR:
        raise InputError(f"A cell grows by more than 0 and at most {FAR:g} pixels, not {distance}.")
    own = box_of(labels, cell)
    if distance > 0:
        # A pixel within reach may have another cell as near as this one, on the far side.
        box = widened(own, 2 * int(np.ceil(distance)) + 1, labels.shape)
        what = f"Grow cell {cell} by {distance:g} px"
        said = f"Cell {cell} has no room to grow."
    else:
        box = widened(own, 1, labels.shape)
        what = f"Shrink cell {cell} by {-distance:g} px"
        said = f"Cell {cell} fills the image, and has no outline to shrink."
    before = labels[region_of(box)]
    changed = GrowthField(before, abs(distance)).at(distance) == cell
    after = before.copy()
    if distance > 0:
        after[changed & (before == 0)] = cell
    else:
        if not changed.any():
            raise InputError(f"Cell {cell} would vanish: shrink it by less, or delete it.")
        after[before == cell] = 0
        after[largest_piece(changed)] = cell
    return Edit.between(labels, region_of(box), after, what, said)
