"""Adding and replacing cells, by an outline or by a mask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import ArrayLike, NDArray

from ..data.ids import count_pixels
from ..errors import InputError
from .drawing import Mask, outline_mask
from .edit import Edit
from .lookup import (
    Box,
    box_of,
    box_of_mask,
    check_plane,
    joined,
    new_ids,
    region_of,
    within,
)
from .pieces import largest_piece


class NoRoom(InputError):
    """A mask that has no pixel for a cell."""


def add_outline(
    labels: NDArray[Any], vertices: ArrayLike, *, overwrite: bool = False, above: int = 0
) -> Edit:
    """Add a cell by its outline, drawn freehand or as a polygon.

    Parameters
    ----------
    labels : (Y, X) integer
    vertices : (N, 2) float
        Rows and columns in pixels; the outline closes itself. See `drawing.outline_mask`.
    overwrite
        Whether it takes the pixels of others. Else it gets what is free; where the others cut that
        into pieces, the largest.
    above
        The new id is greater: the greatest one in the rest of a stack.

    Raises
    ------
    InputError
        If no pixel is inside, all of them are of other cells, or the labels' type is full.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.array([[0, 0, 0, 5], [0, 0, 0, 5]])
    >>> edit = add_outline(labels, [(0, 1), (0, 4), (2, 4), (2, 1)])
    >>> edit.apply(labels)
    >>> labels
    array([[0, 6, 6, 5],
           [0, 6, 6, 5]])
    """
    check_plane(labels)
    mask, box = outline_mask(vertices, labels.shape)
    return _add(labels, mask, box, overwrite, above)


def add_mask(
    labels: NDArray[Any],
    mask: NDArray[Any],
    corner: tuple[int, int] = (0, 0),
    *,
    overwrite: bool = False,
    above: int = 0,
) -> Edit:
    """Add a cell by its mask.

    Parameters
    ----------
    labels : (Y, X) integer
    mask : (H, W) bool
        All of the image or a part of it.
    corner
        Row and column of its first pixel; what lies outside the image is left out.
    overwrite, above
        See `add_outline`.

    Raises
    ------
    InputError
        If no pixel of the image is in it, all are of other cells, or the labels' type is full.
    """
    check_plane(labels)
    return _add(labels, *_in_image(mask, corner, labels.shape), overwrite, above)


def add_masks(
    labels: NDArray[Any], masks: Sequence[tuple[NDArray[Any], tuple[int, int]]], *, above: int = 0
) -> tuple[Edit, list[int]]:
    """Add cells by their masks, as one step; none takes pixels of others, nor of those before.

    Parameters
    ----------
    labels : (Y, X) integer
    masks
        Each with row and column of its first pixel; see `add_mask`.
    above
        See `add_outline`.

    Returns
    -------
    Edit
        Adds all for which there is room.
    list
        The new id for each mask; 0 where there is no room.

    Raises
    ------
    InputError
        If there is room for none of them, or the labels' type is full.

    Examples
    --------
    >>> import numpy as np
    >>> edit, ids = add_masks(np.array([[5, 0, 0, 0]]), [(np.ones((1, 2)), (0, 1))] * 2)
    >>> edit.after.tolist(), ids
    ([[6, 6]], [6, 0])
    """
    check_plane(labels)
    after = labels.copy()
    found: list[int] = []
    for mask, corner in masks:
        try:
            edit = add_mask(after, mask, corner, above=above)
        except NoRoom:
            found.append(0)
            continue
        edit.apply(after)
        found.extend(edit.made)
    n = sum(cell > 0 for cell in found)
    what = f"Add {n} cell{'s' * (n != 1)}"
    whole = (slice(0, labels.shape[0]), slice(0, labels.shape[1]))
    nothing = "There is no room for a cell: all of it belongs to others."
    return Edit.between(labels, whole, after, what, nothing), found


def replace_outline(
    labels: NDArray[Any], cell: int, vertices: ArrayLike, *, overwrite: bool = False
) -> Edit:
    """Give a cell another outline; it keeps its id.

    Parameters
    ----------
    labels : (Y, X) integer
    cell
        Its id.
    vertices, overwrite
        See `add_outline`.

    Raises
    ------
    InputError
        If there is no such cell, or nothing would be left of it.
    """
    old = box_of(labels, cell)
    mask, box = outline_mask(vertices, labels.shape)
    return _replace(labels, cell, old, mask, box, overwrite)


def replace_mask(
    labels: NDArray[Any],
    cell: int,
    mask: NDArray[Any],
    corner: tuple[int, int] = (0, 0),
    *,
    overwrite: bool = False,
) -> Edit:
    """Give a cell another mask; it keeps its id.

    Parameters
    ----------
    labels : (Y, X) integer
    cell
        Its id.
    mask, corner, overwrite
        See `add_mask`.

    Raises
    ------
    InputError
        If there is no such cell, or nothing would be left of it.
    """
    old = box_of(labels, cell)
    return _replace(labels, cell, old, *_in_image(mask, corner, labels.shape), overwrite)


def overlapped(
    labels: NDArray[Any], mask: NDArray[Any], corner: tuple[int, int] = (0, 0)
) -> dict[int, int]:
    """Return how many pixels of other cells a mask covers, by their ids.

    Parameters
    ----------
    labels : (Y, X) integer
    mask, corner
        See `add_mask`.

    Raises
    ------
    InputError
        If no pixel of the image is in it.

    Examples
    --------
    >>> import numpy as np
    >>> overlapped(np.array([[5, 5, 0, 7]]), np.ones((1, 3), bool), (0, 1))
    {5: 1, 7: 1}
    """
    check_plane(labels)
    inside, box = _in_image(mask, corner, labels.shape)
    ids, counts = count_pixels(labels[region_of(box)][inside])
    return dict(zip(ids.tolist(), counts.tolist(), strict=True))


def _in_image(
    mask: NDArray[Any], corner: tuple[int, int], shape: tuple[int, ...]
) -> tuple[Mask, Box]:
    """Return the part of a mask that has pixels of the image, and where it is."""
    if mask.ndim != 2:
        raise InputError(f"A mask is (Y, X), not {mask.shape}.")
    (row, column), inside = corner, mask.astype(bool, copy=False)
    inside = inside[max(0, -row) : max(0, shape[0] - row), max(0, -column) :]
    inside = inside[:, : max(0, shape[1] - max(0, column))]
    box = box_of_mask(inside)
    if box is None:
        raise NoRoom("No pixel of the image is in this mask.")
    top, left = max(0, row), max(0, column)
    return inside[region_of(box)], (box[0] + top, box[1] + left, box[2] + top, box[3] + left)


def _add(labels: NDArray[Any], mask: Mask, box: Box, overwrite: bool, above: int) -> Edit:
    (cell,) = new_ids(labels, 1, above)
    after = labels[region_of(box)].copy()
    after[_allowed(mask, after == 0, overwrite)] = cell
    return Edit.between(labels, region_of(box), after, f"Add cell {cell}")


def _replace(
    labels: NDArray[Any], cell: int, old: Box, mask: Mask, box: Box, overwrite: bool
) -> Edit:
    whole = joined([old, box])
    after = labels[region_of(whole)].copy()
    after[after == cell] = 0
    part = after[within(box, whole)]
    part[_allowed(mask, part == 0, overwrite)] = cell
    said = "This is the cell's outline already."
    return Edit.between(labels, region_of(whole), after, f"Replace cell {cell}", said)


def _allowed(mask: Mask, free: Mask, overwrite: bool) -> Mask:
    """Return the pixels of a mask that its cell may have."""
    if overwrite or free[mask].all():
        return mask
    if not free[mask].any():
        raise NoRoom(
            "All of this belongs to other cells: draw beside them, or let it take their pixels."
        )
    return largest_piece(mask & free)
