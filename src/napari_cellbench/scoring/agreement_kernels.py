"""Inner loops of agreement and consensus, compiled. Import it inside functions only.

Cells of all segmentations are counted through: "a cell" is its place in that count.
"""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

from .compiled import compiled

Int64 = NDArray[np.int64]
Int32 = NDArray[np.int32]


@compiled
def fill(out: Int32, start: Int64, end: Int64, value: Int64) -> None:
    """Write the value of each run into a raveled image."""
    for run in range(len(start)):
        out[start[run] : end[run]] = value[run]


@compiled
def best_partners(
    cell: int, first: Int64, other: Int64, method: Int64, free: NDArray[np.bool_], row: Int64
) -> int:
    """Write the best free partner of a cell in each segmentation into `row`; -1 for none.

    Parameters
    ----------
    cell
        Whose partners.
    first, other
        Partners of cell c are ``other[first[c] : first[c + 1]]``, the best of each segmentation
        before its others.
    method
        Segmentation of each cell.
    free
        Which cells count.
    row : (N,)
        Is overwritten; the cell itself stands at its own segmentation.

    Returns
    -------
    int
        How many segmentations take part.
    """
    row[:] = -1
    row[method[cell]] = cell
    votes = 1
    for k in range(first[cell], first[cell + 1]):
        if free[other[k]] and row[method[other[k]]] < 0:
            row[method[other[k]]] = other[k]
            votes += 1
    return votes


@compiled
def worth(cell: int, first: Int64, other: Int64, iou: Int64, row: Int64, method: Int64) -> int:
    """Return the sum of IoU of a cell with its partners in `row`."""
    total = 0
    for k in range(first[cell], first[cell + 1]):
        if row[method[other[k]]] == other[k]:
            total += iou[k]
    return total


@compiled
def stars(
    first: Int64, other: Int64, iou: Int64, method: Int64, rank: Int64, n_methods: int
) -> tuple[Int64, Int64]:
    """Gather cells around centres: again and again the cell that most segmentations share.

    Parameters
    ----------
    first, other, method
        See `best_partners`.
    iou
        Of each link, as a whole number: its sums don't depend on the order.
    rank
        Decides between cells that are equal in votes and IoU; lower comes first.
    n_methods
        Number N of segmentations.

    Returns
    -------
    centres : (S,) int64
        By falling votes.
    members : (S, N) int64
        Cell of each segmentation; -1 for none.
    """
    n = len(method)
    free = np.ones(n, np.bool_)
    centres, members = np.empty(n, np.int64), np.empty((n, n_methods), np.int64)
    row = np.empty(n_methods, np.int64)
    heap = [(0, 0, 0, 0) for _ in range(0)]
    for cell in range(n):
        votes = best_partners(cell, first, other, method, free, row)
        total = worth(cell, first, other, iou, row, method)
        heap.append((-votes, -total, rank[cell], cell))
    heapq.heapify(heap)
    found = 0
    while len(heap) > 0:
        before, total_before, _, cell = heapq.heappop(heap)
        if not free[cell]:
            continue
        votes = best_partners(cell, first, other, method, free, row)
        total = worth(cell, first, other, iou, row, method)
        if -votes != before or -total != total_before:
            # Some partners are taken by now. Worth only falls: so the others keep their order.
            heapq.heappush(heap, (-votes, -total, rank[cell], cell))
            continue
        centres[found], members[found] = cell, row
        for partner in row:
            if partner >= 0:
                free[partner] = False
        found += 1
    return centres[:found], members[:found]


@compiled
def paint(out: Int32, centres: Int64, first: Int64, start: Int64, end: Int64, area: Int64) -> None:
    """Draw cells, the k-th as label k + 1: each on the pixels that are free, if half of it is.

    Parameters
    ----------
    out
        Raveled image of zeros.
    centres
        Cells in the order in which they are drawn.
    first, start, end
        Runs of cell c are ``start[first[c] : first[c + 1]]`` to `end`.
    area
        Pixels of each cell.
    """
    for k in range(len(centres)):
        cell = centres[k]
        free = 0
        for run in range(first[cell], first[cell + 1]):
            for pixel in range(start[run], end[run]):
                free += out[pixel] == 0
        if 2 * free < area[cell]:
            continue
        for run in range(first[cell], first[cell + 1]):
            for pixel in range(start[run], end[run]):
                if out[pixel] == 0:
                    out[pixel] = k + 1


@compiled
def disagree(
    numbers: Int32,
    offsets: Int64,
    partner: Int64,
    out: NDArray[np.float32],
    disputed: NDArray[np.float64],
) -> None:
    """Write which part of all pairs of segmentations disagrees at each pixel.

    Parameters
    ----------
    numbers : (N, P) int32
        Cell of each pixel within its segmentation, from 1; 0 is background.
    offsets : (N,)
        What to add for the count of all cells.
    partner : (cells, N)
        The cell that may be the same as each one in each segmentation; -1 for none. Two are the
        same if each is the other's.
    out : (P,)
        Is overwritten.
    disputed : (cells,)
        The disagreement is added to the cells at a pixel, in equal parts.
    """
    n, n_pixels = numbers.shape
    all_pairs = n * (n - 1) / 2
    here = np.full(n, -1, np.int64)
    begin = 0
    value, foreground = 0.0, 0
    for pixel in range(n_pixels + 1):
        same = pixel < n_pixels
        if same:
            for i in range(n):
                cell = numbers[i, pixel] + offsets[i] - 1 if numbers[i, pixel] > 0 else -1
                if here[i] != cell:
                    same = False
                    break
        if same and pixel > 0:
            continue
        # A run of pixels with the same cells has ended.
        if foreground > 0:
            share = value * (pixel - begin) / foreground
            for i in range(n):
                if here[i] >= 0:
                    disputed[here[i]] += share
        out[begin:pixel] = value
        if pixel == n_pixels:
            return
        begin, foreground, differing = pixel, 0, 0
        for i in range(n):
            here[i] = numbers[i, pixel] + offsets[i] - 1 if numbers[i, pixel] > 0 else -1
            foreground += here[i] >= 0
        for i in range(n):
            for j in range(i + 1, n):
                a, b = here[i], here[j]
                if a < 0 or b < 0:
                    differing += a >= 0 or b >= 0
                else:
                    differing += partner[a, j] != b or partner[b, i] != a
        value = differing / all_pairs
