"""Where the cells of a plane of labels are, fast enough to be asked at each click."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.ids import count_pixels, numbered
from ..data.rle import label_runs
from ..data.source import Region
from ..errors import InputError

Box = tuple[int, int, int, int]
"""Top, left, bottom and right in pixels, the last two exclusive."""

LARGEST = 2**31 - 1
"""Greatest id."""
DENSE = 2**24
"""Ids below this are looked up in a table of that length at most."""
FEW = 8
"""So few ids are looked for one by one."""


def check_plane(labels: NDArray[Any]) -> None:
    """Raise an `InputError` if an array is no plane of labels."""
    if labels.ndim != 2:
        raise InputError(f"A plane of labels is (Y, X), not {labels.shape}.")
    if labels.dtype.kind not in "iu":
        raise InputError(
            f"Labels must be integers, not {labels.dtype}: convert the layer to int32."
        )


def region_of(box: Box) -> Region:
    """Return the rows and columns of a box."""
    return slice(box[0], box[2]), slice(box[1], box[3])


def widened(box: Box, margin: int, shape: tuple[int, ...]) -> Box:
    """Return a box with a margin, as far as the image goes."""
    top, left, bottom, right = box
    return (
        max(0, top - margin),
        max(0, left - margin),
        min(shape[0], bottom + margin),
        min(shape[1], right + margin),
    )


def within(box: Box, whole: Box) -> Region:
    """Return the rows and columns of a box in the one that it is a part of."""
    top, left, bottom, right = box
    return slice(top - whole[0], bottom - whole[0]), slice(left - whole[1], right - whole[1])


def joined(boxes: Sequence[Box]) -> Box:
    """Return the smallest box around boxes."""
    tops, lefts, bottoms, rights = zip(*boxes, strict=True)
    return min(tops), min(lefts), max(bottoms), max(rights)


def box_of_mask(mask: NDArray[np.bool_]) -> Box | None:
    """Return the box around a mask; None where it is empty."""
    rows = np.flatnonzero(mask.any(axis=1))
    if not len(rows):
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(mask[top:bottom].any(axis=0))
    return top, int(columns[0]), bottom, int(columns[-1]) + 1


def box_of(labels: NDArray[Any], cell: int) -> Box:
    """Return the box around a cell.

    Parameters
    ----------
    labels : (Y, X) integer
    cell
        Its id.

    Raises
    ------
    InputError
        If there is no such cell, or the array is no plane of labels.
    """
    check_plane(labels)
    box = box_of_mask(labels == cell) if cell > 0 else None
    if box is None:
        raise InputError(f"There is no cell {cell} here." if cell else "There is no cell here.")
    return box


def boxes_of(labels: NDArray[Any], cells: Sequence[int]) -> list[Box]:
    """Return the box around each of some cells.

    Raises
    ------
    InputError
        If one of them isn't there, or the array is no plane of labels.
    """
    if len(cells) <= FEW // 2:
        return [box_of(labels, cell) for cell in cells]
    check_plane(labels)
    around = box_of_mask(is_one_of(labels, cells)) or (0, 0, 0, 0)
    near = labels[region_of(around)]
    boxes = []
    for cell in cells:
        top, left, bottom, right = box_of(near, cell)
        y, x = around[:2]
        boxes.append((top + y, left + x, bottom + y, right + x))
    return boxes


def distinct(labels: NDArray[Any]) -> list[int]:
    """Return the ids of the cells in labels, ascending."""
    found: list[int] = np.unique(label_runs(labels.ravel())[2]).tolist()
    return [cell for cell in found if cell > 0]


def elsewhere(labels: NDArray[Any], box: Box, ids: Sequence[int]) -> set[int]:
    """Return which cells have pixels outside a box."""
    top, left, bottom, right = box
    parts = (labels[:top], labels[bottom:], labels[top:bottom, :left], labels[top:bottom, right:])
    if len(ids) <= FEW:
        return {i for i in ids if any(bool((part == i).any()) for part in parts)}
    return set(ids) & {cell for part in parts for cell in distinct(part)}


def is_one_of(labels: NDArray[Any], ids: Sequence[int]) -> NDArray[np.bool_]:
    """Return where labels are among some ids, all above 0."""
    if len(ids) <= FEW // 2:
        found = np.zeros(labels.shape, bool)
        for cell in ids:
            found |= labels == cell
        return found
    if max(ids) > DENSE:
        return np.isin(labels, ids)
    table = np.zeros(max(max(ids), int(labels.max())) + 1, bool)
    table[list(ids)] = True
    return table.take(labels)


def new_ids(labels: NDArray[Any], n: int = 1, above: int = 0) -> list[int]:
    """Return ids for new cells: the next ones, or such as are free where there is no next one.

    Parameters
    ----------
    labels : integer array
    n
        How many.
    above
        All are greater: the greatest id in the rest of a stack.

    Raises
    ------
    InputError
        If the labels' type can't hold so many cells.

    Examples
    --------
    >>> import numpy as np
    >>> new_ids(np.array([[0, 3]]), 2)
    [4, 5]
    >>> new_ids(np.array([[1, 255]], np.uint8))
    [2]
    """
    limit = min(int(np.iinfo(labels.dtype).max), LARGEST)
    greatest = max(int(labels.max(initial=0)), above)
    if greatest + n <= limit:
        return list(range(greatest + 1, greatest + n + 1))
    used = set(distinct(labels))
    free: list[int] = []
    for cell in range(above + 1, limit + 1):
        if len(free) == n:
            break
        if cell not in used:
            free.append(cell)
    if len(free) < n:
        raise InputError(
            f"The layer holds at most {limit:,} cells, since its labels are {labels.dtype}, and "
            "all their numbers are in use: convert it to int32 (a right click on the layer, "
            "“Convert data type”)."
        )
    return free


@dataclass(frozen=True, eq=False)
class CellTable:
    """All cells of a plane; build it with `CellTable.of`.

    Attributes
    ----------
    ids : (N,) int32
        Ascending.
    areas : (N,) int64
        Pixels.
    boxes : (N, 4) int64
        Top, left, bottom and right, the last two exclusive.
    """

    ids: NDArray[np.int32]
    areas: NDArray[np.int64]
    boxes: NDArray[np.int64]

    @classmethod
    def of(cls, labels: NDArray[Any]) -> CellTable:
        """Look a plane of labels through once.

        Examples
        --------
        >>> import numpy as np
        >>> table = CellTable.of(np.array([[0, 7, 7], [3, 7, 0]]))
        >>> table.ids.tolist(), table.areas.tolist(), table.box(7)
        ([3, 7], [1, 3], (0, 1, 2, 3))
        """
        from scipy.ndimage import find_objects

        check_plane(labels)
        ids, areas = count_pixels(labels)
        numbers = labels
        if not len(ids) or ids[-1] > 2**20:
            numbers = numbered(labels)[1]
        found = [part for part in find_objects(numbers) if part is not None]
        boxes = [(r.start, c.start, r.stop, c.stop) for r, c in found]
        return cls(ids, areas, np.array(boxes, np.int64).reshape(-1, 4))

    def __len__(self) -> int:
        return len(self.ids)

    def box(self, cell: int) -> Box:
        """Return the box around a cell that is there."""
        top, left, bottom, right = self.boxes[np.searchsorted(self.ids, cell)].tolist()
        return top, left, bottom, right
