"""Where segmentations of an image differ, and how."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .agreement import Pairwise

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]

BAND = 1 << 22
"""So many pixels, of all segmentations together, are looked at in one go."""
INSIDE = 0.5
"""Two cells belong to one place if more than this part of the smaller lies in the larger."""


@dataclass(frozen=True)
class Place:
    """A place where segmentations differ: cells that lie in each other.

    Attributes
    ----------
    box
        Top, left, bottom and right in pixels, the last two exclusive.
    disputed
        Disagreement summed over its pixels: the area in dispute.
    iou
        Lowest IoU of two of the cells.
    threshold
        IoU at which cells are the same.
    cells
        The ids of these cells in each segmentation, ascending.
    """

    box: tuple[int, int, int, int]
    disputed: float
    iou: float
    threshold: float
    cells: tuple[tuple[int, ...], ...]

    @property
    def counts(self) -> tuple[int, ...]:
        """Number of cells that each segmentation has there."""
        return tuple(map(len, self.cells))

    @property
    def kind(self) -> str:
        """``found`` by some only, ``outline`` differs, ``split``, ``merged`` or ``mixed``.

        A place is split if most of those that have a cell there have one, and merged if most have
        several and the others one.
        """
        most = self._most_common()
        if max(self.counts) == 1:
            return "found" if 0 in self.counts else "outline"
        if most == 1:
            return "split"
        return "merged" if most is not None and 1 in self.counts else "mixed"

    def describe(self) -> str:
        """Say in a few words what differs."""
        n, found = len(self.counts), sum(count > 0 for count in self.counts)
        if self.kind == "found":
            differ = self.iou < self.threshold
            return f"Found by {found} of {n}" + (", outlined differently" if differ else "")
        if self.kind == "outline":
            return f"Outlined differently, IoU from {self.iou:.2f}"
        if self.kind == "split":
            return f"Split by {sum(count > 1 for count in self.counts)} of {n}"
        if self.kind == "merged":
            return f"Merged by {sum(count == 1 for count in self.counts)} of {n}"
        fewest, most = min(self.counts), max(self.counts)
        return f"From {fewest} to {most} cells" if fewest < most else "Divided differently"

    def _most_common(self) -> int | None:
        """Return how many cells most have, of those that have any; None without a majority."""
        having = Counter(count for count in self.counts if count)
        number, times = having.most_common(1)[0]
        return number if 2 * times > having.total() else None


@dataclass(frozen=True, eq=False)
class Disagreement:
    """Where segmentations differ.

    Attributes
    ----------
    picture : (Y, X) float32
        Of all pairs of segmentations, the part that disagrees at the pixel.
    places
        The largest area in dispute first.
    """

    picture: NDArray[np.float32]
    places: tuple[Place, ...]


def disagreement(pairwise: Pairwise, threshold: float = 0.5) -> Disagreement:
    """Find out where segmentations differ.

    Two of them agree at a pixel if both have background there, or both the same cell: the IoU is at
    least `threshold`, and neither has as good a partner besides. So none of two equal halves is the
    same as the whole, though the IoU of each may be 0.5. The disagreement is the part of all pairs
    that don't agree: 1 minus Fleiss' extent of agreement (1971, doi:10.1037/h0031619), the chance
    that two that are drawn by lot say different things.

    Cells of which one lies in the other by more than half make up a place, and so do cells that are
    the same. Places where each segmentation has one cell and all of these are the same aren't
    listed.

    Parameters
    ----------
    pairwise
        The segmentations.
    threshold
        IoU above 0.
    """
    picture, disputed = _picture(pairwise, threshold)
    return Disagreement(picture, _places(pairwise, threshold, disputed))


def _picture(pairwise: Pairwise, threshold: float) -> tuple[NDArray[np.float32], Float64]:
    """Return the disagreement of the pixels, and each cell's share of it."""
    from .agreement_kernels import disagree

    partner = _only_best(pairwise, threshold)
    height, width = pairwise.cells[0].numbers.shape
    picture = np.zeros((height, width), np.float32)
    disputed = np.zeros(len(partner))
    rows = max(1, BAND // (width * len(pairwise)))
    for top in range(0, height, rows):
        band = np.stack([cells.numbers[top : top + rows].ravel() for cells in pairwise.cells])
        out = picture[top : top + rows].ravel()
        disagree(band, pairwise.offsets[:-1], partner, out, disputed)
    return picture, disputed


def _only_best(pairwise: Pairwise, threshold: float) -> Int64:
    """Return each cell's best partner in each segmentation, (cells, N); -1 for none or several."""
    first, other, iou = pairwise.partners(threshold)
    cell = np.repeat(np.arange(len(first) - 1), np.diff(first))
    partner = np.full((len(first) - 1, len(pairwise)), -1, np.int64)
    highest = np.zeros(partner.shape)
    at = cell, pairwise.method[other]
    np.maximum.at(highest, at, iou)
    is_best = iou == highest[at]
    number = np.zeros(partner.shape, np.int64)
    np.add.at(number, at, is_best)
    only = is_best & (number[at] == 1)
    partner[cell[only], at[1][only]] = other[only]
    return partner


def _places(pairwise: Pairwise, threshold: float, disputed: Float64) -> tuple[Place, ...]:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    a, b, iou = pairwise.links()
    inside = np.concatenate(
        [
            pair.overlap.intersection
            / np.minimum(
                pair.overlap.truth_area[pair.overlap.truth_index],
                pair.overlap.prediction_area[pair.overlap.prediction_index],
            )
            for _, _, pair in pairwise.pairs()
        ]
    )
    together = (inside > INSIDE) | (iou >= threshold)
    n, n_cells = len(pairwise), len(disputed)
    graph = coo_array((np.ones(together.sum()), (a[together], b[together])), (n_cells, n_cells))
    n_places, place = connected_components(graph, directed=False)

    counts = np.zeros((n_places, n), np.int64)
    np.add.at(counts, (place, pairwise.method), 1)
    within = place[a] == place[b]
    cells = counts.sum(axis=1)
    # Pairs of cells of different segmentations; those that don't touch have an IoU of 0.
    pairs = (cells**2 - (counts**2).sum(axis=1)) // 2
    touching = np.bincount(place[a[within]], minlength=n_places)
    lowest = np.ones(n_places)
    np.minimum.at(lowest, place[a[within]], iou[within])
    lowest[touching < pairs] = 0
    total = np.bincount(place, disputed, n_places)
    boxes = _boxes(pairwise, place, n_places)

    differing = np.flatnonzero((counts != 1).any(axis=1) | (lowest < threshold))
    order = np.lexsort((boxes[differing, 1], boxes[differing, 0], -total[differing]))
    ids = _ids(pairwise, place, differing)
    return tuple(
        Place(
            (int(box[0]), int(box[1]), int(box[2]), int(box[3])),
            float(total[k]),
            float(lowest[k]),
            threshold,
            ids[k],
        )
        for k, box in zip(differing[order], boxes[differing[order]], strict=True)
    )


def _ids(pairwise: Pairwise, place: Int64, wanted: Int64) -> dict[int, tuple[tuple[int, ...], ...]]:
    """Return the ids of the cells of some places, by segmentation."""
    found: dict[int, list[list[int]]] = {k: [[] for _ in pairwise.cells] for k in wanted.tolist()}
    ids, here = np.concatenate([cells.ids for cells in pairwise.cells]), np.isin(place, wanted)
    cells = zip(
        place[here].tolist(), pairwise.method[here].tolist(), ids[here].tolist(), strict=True
    )
    for k, method, cell in cells:
        found[k][method].append(cell)
    return {k: tuple(map(tuple, one)) for k, one in found.items()}


def _boxes(pairwise: Pairwise, place: Int64, n_places: int) -> Int64:
    """Return the bounding boxes of places, (n_places, 4)."""
    from scipy.ndimage import find_objects

    found = [part for cells in pairwise.cells for part in find_objects(cells.numbers)]
    own = np.array(
        [(rows.start, columns.start, rows.stop, columns.stop) for rows, columns in found], np.int64
    ).reshape(-1, 4)
    boxes = np.empty((n_places, 4), np.int64)
    boxes[:, :2], boxes[:, 2:] = np.iinfo(np.int64).max, 0
    np.minimum.at(boxes[:, :2], place, own[:, :2])
    np.maximum.at(boxes[:, 2:], place, own[:, 2:])
    return boxes
