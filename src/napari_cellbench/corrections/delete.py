"""Deleting cells: chosen ones, those in a rectangle, at the edge, or of a size; renumbering."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.ids import count_pixels
from ..errors import InputError
from .edit import Edit
from .lookup import (
    DENSE,
    Box,
    box_of_mask,
    check_plane,
    distinct,
    elsewhere,
    is_one_of,
    region_of,
)


def delete(labels: NDArray[Any], cells: int | Sequence[int]) -> Edit:
    """Delete cells.

    Parameters
    ----------
    labels : (Y, X) integer
    cells
        Id or ids.

    Raises
    ------
    InputError
        If one of them isn't there; then none is deleted.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.array([[1, 1, 0, 2]])
    >>> edit = delete(labels, 2)
    >>> edit.what, edit.gone, edit.box
    ('Delete cell 2', (2,), (0, 3, 1, 4))
    """
    check_plane(labels)
    ids = sorted({int(cell) for cell in np.atleast_1d(cells)})
    if not ids or ids[0] <= 0:
        raise InputError("There is no cell here." if ids else "Choose a cell to delete.")
    edit = _delete(labels, ids)
    there = ids if len(ids) == 1 else distinct(edit.before[edit.before != edit.after])
    if len(there) < len(ids):
        raise InputError(_missing(sorted(set(ids) - set(there))))
    return edit


def delete_in_box(labels: NDArray[Any], box: Box, *, touching: bool = False) -> Edit:
    """Delete all cells in a rectangle.

    Only those that lie wholly inside: a rectangle drawn around cells then takes none of those that
    it cuts, as a rubber band does in drawing programs.

    Parameters
    ----------
    labels : (Y, X) integer
    box
        Top, left, bottom and right, the last two exclusive.
    touching
        Whether those of which only a part is inside go, too.

    Raises
    ------
    InputError
        If there is none.
    """
    check_plane(labels)
    top, left, bottom, right = (max(0, value) for value in box)
    inside = (top, left, max(top, bottom), max(left, right))
    ids = distinct(labels[region_of(inside)])
    if not touching:
        cut = elsewhere(labels, inside, ids)
        ids = [cell for cell in ids if cell not in cut]
    if not ids:
        how = "touches" if touching else "lies wholly in"
        raise InputError(f"No cell {how} this rectangle.")
    return _delete(labels, ids)


def delete_at_edge(labels: NDArray[Any]) -> Edit:
    """Delete all cells that touch the image's edge, and so may be cut off.

    Parameters
    ----------
    labels : (Y, X) integer

    Raises
    ------
    InputError
        If there is none.
    """
    check_plane(labels)
    if not (ids := edge_cells(labels)):
        raise InputError("No cell touches the image's edge.")
    return _delete(labels, ids)


def edge_cells(labels: NDArray[Any]) -> list[int]:
    """Return the ids of the cells in the outermost rows and columns, ascending."""
    if not labels.size:
        return []
    sides = (labels[0], labels[-1], labels[:, 0], labels[:, -1])
    return distinct(np.concatenate(sides))


def delete_by_area(
    labels: NDArray[Any], smallest: float | None = None, largest: float | None = None
) -> Edit:
    """Delete all cells that are smaller or larger than cells are.

    Parameters
    ----------
    labels : (Y, X) integer
    smallest, largest
        Pixels that a cell has at least and at most to stay; None for any.

    Raises
    ------
    InputError
        If there is none.
    """
    check_plane(labels)
    ids, areas = count_pixels(labels)
    low = -np.inf if smallest is None else smallest
    high = np.inf if largest is None else largest
    odd = ids[(areas < low) | (areas > high)].tolist()
    if not odd:
        said = [f"smaller than {smallest:g}"] if smallest is not None else []
        said += [f"larger than {largest:g}"] if largest is not None else []
        raise InputError(f"No cell is {' or '.join(said) or 'excluded by no size'} pixels.")
    return _delete(labels, odd)


def renumber(labels: NDArray[Any]) -> Edit:
    """Give the cells the numbers from 1 on without gaps, in the order of their ids.

    Parameters
    ----------
    labels : (Y, X) integer

    Raises
    ------
    InputError
        If they are numbered so already, or there is none.

    Examples
    --------
    >>> import numpy as np
    >>> edit = renumber(np.array([[4, 0, 9]]))
    >>> edit.after, dict(edit.renamed)
    (array([[1, 0, 2]]), {4: 1, 9: 2})
    """
    check_plane(labels)
    old = distinct(labels)
    if not old or old[-1] == len(old):
        raise InputError("The cells are numbered without gaps already." if old else "No cells.")
    changed = next(i for i, cell in enumerate(old) if cell != i + 1)
    renamed = {cell: i + 1 for i, cell in enumerate(old) if i >= changed}
    if old[-1] <= DENSE:
        table = np.zeros(old[-1] + 1, labels.dtype)
        table[old] = np.arange(1, len(old) + 1)
        after = table.take(labels)
    else:
        after = (np.searchsorted(old, labels) + (labels > 0)).astype(labels.dtype)
    box = box_of_mask(after != labels)
    assert box is not None
    region = region_of(box)
    what = f"Renumber {len(renamed)} cells"
    return Edit(what, region, labels[region].copy(), after[region], renamed=renamed)


def _delete(labels: NDArray[Any], ids: Sequence[int]) -> Edit:
    """Delete cells that are there, by ascending ids."""
    mask = is_one_of(labels, ids)
    box = box_of_mask(mask)
    if box is None:
        raise InputError(_missing(ids))
    region = region_of(box)
    before, inside = labels[region].copy(), mask[region]
    what = f"Delete cell {ids[0]}" if len(ids) == 1 else f"Delete {len(ids)} cells"
    after = np.where(inside, before.dtype.type(0), before)
    return Edit(what, region, before, after, gone=tuple(ids))


def _missing(ids: Sequence[int]) -> str:
    named = ", ".join(map(str, ids[:5])) + (", ..." if len(ids) > 5 else "")
    return f"There is no cell {named} here."
