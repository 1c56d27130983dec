"""Taking cells over from another result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..scoring.disagreement import INSIDE
from ..scoring.overlap import overlap
from .delete import delete
from .drawing import Mask
from .edit import Edit
from .lookup import Box, boxes_of, check_plane, distinct, joined, new_ids, region_of, within

MOST = 0.5
"""A cell of which more than this part is covered by what is taken over gives way."""


def take_over(
    labels: NDArray[Any],
    other: NDArray[Any],
    cells: int | Sequence[int],
    *,
    instead: Sequence[int] = (),
    above: int = 0,
) -> Edit:
    """Take cells over from another result: "this one is right".

    They become exactly what they are there. A cell more than half of which they cover gives way
    with all of its pixels, and the one that covers most of it gets its id; other cells lose only
    the pixels that are covered.

    Parameters
    ----------
    labels : (Y, X) integer
        What is corrected.
    other : (Y, X) integer
        The other result.
    cells
        Id or ids in it; none where there is nothing in place of others.
    instead
        Cells that give way in any case: those of the place that is settled, see `cells_there`.
    above
        See `add_outline`.

    Raises
    ------
    InputError
        If the sizes differ, there is no such cell, it is here already, or the labels' type is full.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.array([[4, 4, 4, 0, 9, 9]])
    >>> other = np.array([[0, 2, 2, 2, 2, 0]])
    >>> edit = take_over(labels, other, 2)
    >>> edit.apply(labels)
    >>> labels
    array([[0, 4, 4, 4, 4, 9]])
    """
    check_plane(labels)
    check_plane(other)
    if labels.shape != other.shape:
        raise InputError(f"The results differ in size: {labels.shape} and {other.shape} pixels.")
    ids = list(dict.fromkeys(int(cell) for cell in np.atleast_1d(cells)))
    if not ids and instead:
        return delete(labels, instead)
    if not ids:
        raise InputError("Choose a cell to take over.")
    boxes = boxes_of(other, ids)
    masks = [other[region_of(box)] == cell for cell, box in zip(ids, boxes, strict=True)]
    covered = joined(boxes)
    union = np.zeros((covered[2] - covered[0], covered[3] - covered[1]), bool)
    for mask, box in zip(masks, boxes, strict=True):
        union[within(box, covered)] |= mask
    inside = labels[region_of(covered)]
    gone = [
        cell
        for cell in distinct(inside[union])
        if ((inside == cell) & union).sum() > MOST * np.count_nonzero(labels == cell)
    ]
    gone += [cell for cell in dict.fromkeys(map(int, instead)) if cell not in gone]
    whole = joined([covered, *boxes_of(labels, gone)])
    after = labels[region_of(whole)].copy()
    for cell in gone:
        after[after == cell] = 0
    names = _names(labels, masks, boxes, gone, above)
    for name, mask, box in zip(names, masks, boxes, strict=True):
        after[within(box, whole)][mask] = name
    what = "Take over a cell" if len(ids) == 1 else f"Take over {len(ids)} cells"
    return Edit.between(labels, region_of(whole), after, what, "It is the same here already.")


def cells_there(labels: NDArray[Any], place: NDArray[Any]) -> list[int]:
    """Return the cells that are part of a place, ascending.

    As where results are compared (`scoring.disagreement`): more than half of the smaller lies in
    the larger.

    Parameters
    ----------
    labels : (Y, X) integer
    place : (Y, X) integer
        The cells that make up the place, by their ids.

    Raises
    ------
    InputError
        If the sizes differ.

    Examples
    --------
    >>> import numpy as np
    >>> cells_there(np.array([[4, 4, 4, 0, 9, 9]]), np.array([[0, 2, 2, 2, 2, 0]]))
    [4]
    """
    check_plane(labels)
    check_plane(place)
    if labels.shape != place.shape:
        raise InputError(f"The results differ in size: {labels.shape} and {place.shape} pixels.")
    both = overlap(labels, place)
    smaller = np.minimum(
        both.truth_area[both.truth_index], both.prediction_area[both.prediction_index]
    )
    found: list[int] = np.unique(
        both.truth_ids[both.truth_index[both.intersection > INSIDE * smaller]]
    ).tolist()
    return found


def _names(
    labels: NDArray[Any], masks: list[Mask], boxes: list[Box], gone: list[int], above: int
) -> list[int]:
    """Return the id of each cell that is taken over: one that gave way to it, or a new one."""
    shared = sorted(
        (-int(((labels[region_of(box)] == cell) & mask).sum()), cell, i)
        for i, (mask, box) in enumerate(zip(masks, boxes, strict=True))
        for cell in gone
    )
    names: dict[int, int] = {}
    for pixels, cell, i in shared:
        if pixels and i not in names and cell not in names.values():
            names[i] = cell
    without = [i for i in range(len(masks)) if i not in names]
    new = new_ids(labels, len(without), above) if without else []
    names.update(zip(without, new, strict=True))
    return [names[i] for i in range(len(masks))]
