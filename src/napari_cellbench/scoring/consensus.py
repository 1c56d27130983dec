"""Cells that several segmentations have in common.

A consensus is not a ground truth: methods that were trained on the same images make the same
errors, and what all of them miss is missing here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .agreement import Pairwise

Int64 = NDArray[np.int64]

UNIT = 1 << 40
"""IoUs are added as whole numbers of this fraction: the sum is the same in any order."""


@dataclass(frozen=True, eq=False)
class Consensus:
    """Cells and how many segmentations have each.

    Attributes
    ----------
    labels : (Y, X) int32
        All cells, those of a single segmentation too, counted from the upper left.
    votes : (n,) int64
        Segmentations that have cell 1, 2 ..
    members : (n, N) int64
        Label of each cell in each segmentation; 0 where it is missing.
    threshold
        IoU at which cells are the same.
    """

    labels: NDArray[np.int32]
    votes: Int64
    members: Int64
    threshold: float

    def at(self, k: int) -> NDArray[np.int32]:
        """Return the cells that at least `k` segmentations have, (Y, X) int32.

        A cell keeps its label whatever `k` is, and none is lost when `k` gets lower.
        """
        kept = np.arange(1, len(self.votes) + 1, dtype=np.int32) * (self.votes >= k)
        shown: NDArray[np.int32] = np.take(np.append(np.int32(0), kept), self.labels)
        return shown

    def count(self, k: int) -> int:
        """Return how many cells at least `k` segmentations have."""
        return int((self.votes >= k).sum())


def consensus(pairwise: Pairwise, threshold: float = 0.5) -> Consensus:
    """Find the cells that segmentations have in common.

    Two cells of different segmentations are the same if their IoU is at least `threshold`. The cell
    that is the same as cells of most other segmentations becomes a centre, of equals the one with
    the highest sum of IoU; it takes with it the most similar cell of each of them. This goes on
    among the cells that are left, until none is: a star clustering (Aslam et al. 2004,
    doi:10.7155/jgaa.00084) in which a segmentation has one vote. The centre's outline stands for
    its cell, so every cell shown is one that a method drew and that `votes` - 1 others match.

    Where two outlines overlap, the one with more votes keeps the pixels. A cell of which this
    leaves less than half isn't shown. The order of the segmentations makes no difference.

    Parameters
    ----------
    pairwise
        The segmentations.
    threshold
        IoU above 0.
    """
    from .agreement_kernels import paint, stars
    from .runs import label_runs

    first_run, start, end, area = _runs(pairwise)
    rank = _rank(pairwise, first_run, start, end, area)
    first, other, iou = pairwise.partners(threshold)
    weight = np.rint(iou * UNIT).astype(np.int64)
    centres, members = stars(first, other, weight, pairwise.method, rank, len(pairwise))

    drawn = np.zeros(pairwise.cells[0].numbers.shape, np.int32)
    paint(drawn.ravel(), centres, first_run, start, end, area)
    _, _, label = label_runs(drawn.ravel())
    numbers, appearance = np.unique(label, return_index=True)
    star = numbers[np.argsort(appearance)] - 1
    new = np.zeros(len(centres) + 1, np.int32)
    new[star + 1] = np.arange(1, len(star) + 1)
    all_ids = np.concatenate([[0], *(cells.ids for cells in pairwise.cells)]).astype(np.int64)
    chosen = members[star]
    return Consensus(new[drawn], (chosen >= 0).sum(axis=1), all_ids[chosen + 1], threshold)


def _runs(pairwise: Pairwise) -> tuple[Int64, Int64, Int64, Int64]:
    """Return first, start and end of the runs of all cells, cell by cell, and the cells' areas."""
    parts = zip(pairwise.cells, pairwise.offsets, strict=False)
    cell = np.concatenate([cells.index + offset for cells, offset in parts])
    order = np.argsort(cell, kind="stable")
    start = np.concatenate([cells.start for cells in pairwise.cells])[order]
    end = np.concatenate([cells.end for cells in pairwise.cells])[order]
    first = np.searchsorted(cell[order], np.arange(pairwise.offsets[-1] + 1))
    area = np.concatenate([cells.area for cells in pairwise.cells])
    return first, start, end, area


def _rank(pairwise: Pairwise, first: Int64, start: Int64, end: Int64, area: Int64) -> Int64:
    """Order all cells by what they look like: upper left first, of equals the larger.

    What is still equal is ordered by a sum of one random number per pixel, the same in every run:
    only cells with the very same pixels have the same.
    """
    size = pairwise.cells[0].numbers.size
    code = np.random.default_rng(0).integers(0, 2**63, size, np.uint64)
    until = np.append(np.uint64(0), np.cumsum(code))
    total = np.append(np.uint64(0), np.cumsum(until[end] - until[start]))
    order = np.lexsort((total[first[1:]] - total[first[:-1]], -area, start[first[:-1]]))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank
