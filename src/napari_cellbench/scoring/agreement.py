"""How far N segmentations of an image agree with each other, without any truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..data.instances import as_labels
from ..errors import InputError
from .coco import accumulate, checked_scores, match_image
from .counts import count
from .overlap import Overlap, overlap

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of one segmentation, numbered; build it with `Cells.of`.

    Attributes
    ----------
    numbers : (Y, X) int32
        Which cell a pixel belongs to, from 1; 0 is background.
    ids : (n,) int64
        Label of each cell, ascending.
    start, end, index : (R,) int64
        Runs ``[start, end)`` of pixels in the raveled image, in order, and the cell of each,
        counted from 0.
    scores : (n,) float64 or None
        Confidence of each cell, where the method gives one.
    """

    numbers: NDArray[np.int32]
    ids: Int64
    start: Int64
    end: Int64
    index: Int64
    scores: Float64 | None = None

    @classmethod
    def of(cls, labels: NDArray[Any], scores: ArrayLike | None = None) -> Cells:
        """Take a label image, which is copied.

        Parameters
        ----------
        labels : (Y, X) integer
        scores : (n,)
            Confidence of each cell, in ascending order of the ids.

        Raises
        ------
        InputError
            If the array isn't a label image, or the scores don't fit.
        """
        from .agreement_kernels import fill
        from .runs import label_runs

        labels = as_labels(labels)
        start, end, label = label_runs(np.ascontiguousarray(labels).ravel())
        ids, index = np.unique(label, return_inverse=True)
        numbers = np.zeros(labels.shape, np.int32)
        fill(numbers.ravel(), start, end, index + 1)
        confidence = None if scores is None else checked_scores(scores, len(ids))
        return cls(numbers, ids, start, end, index, confidence)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def area(self) -> Int64:
        """Pixels of each cell."""
        return np.bincount(self.index, self.end - self.start, len(self)).astype(np.int64)


class Pair:
    """Two segmentations of an image; what is asked for is computed once."""

    def __init__(self, a: Cells, b: Cells) -> None:
        self.a, self.b = a, b

    @cached_property
    def overlap(self) -> Overlap:
        """Overlap with `a` as truth; its indices count the cells of both from 0."""
        return overlap(self.a.numbers, self.b.numbers)

    @cached_property
    def f1(self) -> Float64:
        """F1 at `THRESHOLDS`, (T,); the same either way round. NaN where neither has a cell."""
        if not len(self.a) and not len(self.b):
            return np.full(len(count(self.overlap).tp), np.nan)
        return count(self.overlap).f1

    @cached_property
    def ap(self) -> tuple[Float64, Float64]:
        """COCO AP at `THRESHOLDS`: of `b` with `a` as truth, and of `a` with `b` as truth."""
        return _ap(self.overlap, self.b.scores), _ap(swapped(self.overlap), self.a.scores)


class Pairwise:
    """N segmentations of an image and the overlap of every two of them.

    Parameters
    ----------
    segmentations
        Two or more, of one size.
    known
        An earlier comparison: the pairs that it shares with this one aren't computed again.

    Raises
    ------
    InputError
        If there are fewer than two, or they differ in size.
    """

    def __init__(self, segmentations: Sequence[Cells], known: Pairwise | None = None) -> None:
        if len(segmentations) < 2:
            raise InputError("Agreement needs two segmentations of an image or more.")
        shapes = {cells.numbers.shape for cells in segmentations}
        if len(shapes) > 1:
            sizes = " and ".join(sorted(" x ".join(map(str, shape)) for shape in shapes))
            raise InputError(
                f"The segmentations differ in size ({sizes} pixels): choose equal ones."
            )
        self.cells = tuple(segmentations)
        shared = {} if known is None else {(p.a, p.b): p for p in known._pairs.values()}
        self._pairs: dict[tuple[int, int], Pair] = {
            (i, j): shared.get((a, b)) or Pair(a, b)
            for (i, a), (j, b) in combinations(enumerate(self.cells), 2)
        }

    def __len__(self) -> int:
        return len(self.cells)

    def pairs(self) -> Iterator[tuple[int, int, Pair]]:
        """Yield (i, j, pair) for all i < j."""
        for (i, j), pair in self._pairs.items():
            yield i, j, pair

    @cached_property
    def offsets(self) -> Int64:
        """Number of each segmentation's first cell when all cells are counted through, (N + 1,)."""
        return np.concatenate([[0], np.cumsum([len(cells) for cells in self.cells])]).astype(
            np.int64
        )

    @property
    def method(self) -> Int64:
        """Segmentation that each cell belongs to when all cells are counted through."""
        return np.repeat(np.arange(len(self)), np.diff(self.offsets))

    def f1(self) -> Float64:
        """Return F1 of every two at `THRESHOLDS`.

        Returns
        -------
        (T, N, N) float64
            Symmetric; NaN where neither of two has a cell.
        """
        return self._matrices(lambda pair: (pair.f1, pair.f1))

    def ap(self) -> Float64:
        """Return COCO AP of every two at `THRESHOLDS`.

        Returns
        -------
        (T, N, N) float64
            ``[t, i, j]`` has segmentation i as truth and ranks the cells of j by their confidence;
            without confidences all count with 1 and keep the order of their ids. NaN where i has
            no cell.
        """
        return self._matrices(lambda pair: pair.ap)

    def links(self) -> tuple[Int64, Int64, Float64]:
        """Return all pairs of cells of different segmentations that share a pixel.

        Returns
        -------
        a, b : (P,) int64
            Cells when all are counted through; `a` is of the earlier segmentation.
        iou : (P,) float64
        """
        parts = [
            (
                pair.overlap.truth_index + self.offsets[i],
                pair.overlap.prediction_index + self.offsets[j],
                pair.overlap.iou,
            )
            for i, j, pair in self.pairs()
        ]
        a, b, iou = (np.concatenate(column) for column in zip(*parts, strict=True))
        return a, b, iou

    def partners(self, threshold: float) -> tuple[Int64, Int64, Float64]:
        """Return the cells of other segmentations that each cell is the same as.

        Two are the same if their IoU is at least `threshold`. The threshold being 0.5 or more, a
        cell has one partner in a segmentation, or two that are half of it each.

        Returns
        -------
        first : (cells + 1,) int64
            The partners of cell c are ``other[first[c] : first[c + 1]]``.
        other : (P,) int64
            Cells when all are counted through, the highest IoU first, of equals the lower label.
        iou : (P,) float64
        """
        a, b, iou = self.links()
        same = iou >= threshold
        cell, other = np.concatenate([a[same], b[same]]), np.concatenate([b[same], a[same]])
        weight = np.tile(iou[same], 2)
        order = np.lexsort((other, -weight, cell))
        first = np.searchsorted(cell[order], np.arange(self.offsets[-1] + 1))
        return first, other[order], weight[order]

    def _matrices(self, figures: Callable[[Pair], tuple[Float64, Float64]]) -> Float64:
        own = [1.0 if len(cells) else np.nan for cells in self.cells]
        columns = {(i, j): figures(pair) for i, j, pair in self.pairs()}
        n_thresholds = len(next(iter(columns.values()))[0])
        out = np.empty((n_thresholds, len(self), len(self)))
        out[:, range(len(self)), range(len(self))] = own
        for (i, j), (forward, backward) in columns.items():
            out[:, i, j], out[:, j, i] = forward, backward
        return out


def swapped(overlap: Overlap) -> Overlap:
    """Return the overlap with truth and prediction in each other's place."""
    order = np.lexsort((overlap.prediction_index, overlap.truth_index))
    return Overlap(
        overlap.prediction_ids,
        overlap.truth_ids,
        overlap.prediction_area,
        overlap.truth_area,
        overlap.prediction_index[order],
        overlap.truth_index[order],
        overlap.intersection[order],
    )


def _ap(overlap: Overlap, scores: Float64 | None) -> Float64:
    precision: Float64 = accumulate([match_image(overlap, scores)]).precision[0].mean(axis=-1)
    return precision
