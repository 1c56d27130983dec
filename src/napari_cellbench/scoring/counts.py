"""Right, wrong and missed objects at an IoU threshold, and the scores made of these counts.

Objects are matched one to one, as many as possible. The counts equal those of
``stardist.matching.matching`` and ``cellpose.metrics.average_precision``, which ask for an IoU of
at least the threshold. Where neither side has an object, no figure is defined: each is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .jaccard import jaccard_sums
from .overlap import Overlap

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]

THRESHOLDS = tuple(round(0.05 * k, 2) for k in range(10, 20))
"""IoU thresholds .5:.05:.95."""

DSB_THRESHOLDS = tuple(round(0.05 * k, 2) for k in range(2, 20))
"""IoU thresholds .1:.05:.95 of the Data Science Bowl paper's score S."""

TOUCHING = 0.1
"""IoU above which its evaluation (2019_caicedo_dsb) takes two objects for parts of each other."""


@dataclass(frozen=True, eq=False)
class Counts:
    """True positives by IoU threshold, with the numbers of objects.

    Attributes
    ----------
    thresholds : (T,) float64
    tp : (T,) int64
        Matched pairs.
    n_truth, n_prediction
        Objects. Counts of several images may be added.
    splits, merges
        True objects with several predictions, and predictions with several true objects, by the
        Data Science Bowl's rule; see `splits_and_merges`.
    jaccard_shared, jaccard_total
        Pixels of intersections and of unions; see `napari_cellbench.scoring.jaccard`.
    """

    thresholds: Float64
    tp: Int64
    n_truth: int
    n_prediction: int
    splits: int = 0
    merges: int = 0
    jaccard_shared: int = 0
    jaccard_total: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Pool the objects of two images."""
        if not np.array_equal(self.thresholds, other.thresholds):
            raise ValueError("The thresholds differ.")
        return Counts(
            self.thresholds,
            self.tp + other.tp,
            self.n_truth + other.n_truth,
            self.n_prediction + other.n_prediction,
            self.splits + other.splits,
            self.merges + other.merges,
            self.jaccard_shared + other.jaccard_shared,
            self.jaccard_total + other.jaccard_total,
        )

    @property
    def fp(self) -> Int64:
        """Predictions without a match."""
        return self.n_prediction - self.tp

    @property
    def fn(self) -> Int64:
        """True objects without a match."""
        return self.n_truth - self.tp

    # One rule for all: undefined (NaN) where neither side has an object, else 0 where there is
    # nothing to divide by. In the first case stardist says 0 and cellpose NaN.
    @property
    def precision(self) -> Float64:
        """TP / (TP + FP)."""
        return self._share(self.tp, self.n_prediction)

    @property
    def recall(self) -> Float64:
        """TP / (TP + FN)."""
        return self._share(self.tp, self.n_truth)

    @property
    def f1(self) -> Float64:
        """2 TP / (2 TP + FP + FN)."""
        return self._share(2 * self.tp, self.n_truth + self.n_prediction)

    @property
    def accuracy(self) -> Float64:
        """TP / (TP + FP + FN), which stardist and cellpose call average precision."""
        return self._share(self.tp, self.n_truth + self.n_prediction - self.tp)

    @property
    def error_rate(self) -> Float64:
        """(FP + FN) / (TP + FN); NaN without truth."""
        if self.n_truth == 0:
            return np.full(len(self.tp), np.nan)
        return (self.fp + self.fn) / self.n_truth

    @property
    def aji(self) -> float:
        """Aggregated Jaccard index."""
        return self.jaccard_shared / self.jaccard_total if self.jaccard_total else math.nan

    def _share(self, part: Int64, total: Int64 | int) -> Float64:
        if not self.n_truth and not self.n_prediction:
            return np.full(len(self.tp), np.nan)
        return part / np.maximum(total, 1)


@dataclass(frozen=True)
class PanopticQuality:
    """PQ = SQ x RQ of Kirillov et al. 2019, with matches of at least IoU 0.5 as stardist counts.

    Attributes
    ----------
    pq, sq, rq
        Panoptic quality; mean IoU of matched pairs; F1 at IoU 0.5.
    """

    pq: float
    sq: float
    rq: float


def count(overlap: Overlap, thresholds: Sequence[float] = THRESHOLDS) -> Counts:
    """Count the matches at each threshold, as many as there can be."""
    tp = np.array([_count_at(overlap, t) for t in thresholds], np.int64)
    return Counts(
        np.array(thresholds, float),
        tp,
        overlap.n_truth,
        overlap.n_prediction,
        *splits_and_merges(overlap),
        *jaccard_sums(overlap),
    )


def splits_and_merges(overlap: Overlap) -> tuple[int, int]:
    """Count splits and merges as the Data Science Bowl paper's evaluation does.

    An object touches another where their IoU exceeds `TOUCHING`. A true object that touches several
    predictions is split; a prediction that touches several true objects merges them. Deepcell's
    rule (`napari_cellbench.scoring.errors`) first takes away what matches, and so finds fewer.
    """
    touching = overlap.iou > TOUCHING
    splits = np.bincount(overlap.truth_index[touching]) > 1
    merges = np.bincount(overlap.prediction_index[touching]) > 1
    return int(splits.sum()), int(merges.sum())


def matched_pairs(overlap: Overlap, threshold: float = 0.5) -> Int64:
    """Return which pairs are matched: as many as there can be, of these the highest sum of IoU.

    Returns
    -------
    (TP,) int64
        Indices into the pairs of `overlap`, ascending.
    """
    clear, rest = _clear_pairs(overlap, threshold)
    if not len(rest):
        return clear
    from scipy.optimize import linear_sum_assignment
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    truth, t = np.unique(overlap.truth_index[rest], return_inverse=True)
    prediction, p = np.unique(overlap.prediction_index[rest], return_inverse=True)
    n = len(truth) + len(prediction)
    graph = coo_array((np.ones(len(rest)), (t, p + len(truth))), (n, n))
    group = connected_components(graph, directed=False)[1][t]
    by_group = np.argsort(group, kind="stable")
    chosen = [clear]
    for members in np.split(by_group, np.flatnonzero(np.diff(group[by_group])) + 1):
        rows, row = np.unique(t[members], return_inverse=True)
        columns, column = np.unique(p[members], return_inverse=True)
        # One match more outweighs all that IoU can add.
        gain = np.zeros((len(rows), len(columns)))
        gain[row, column] = 1 + overlap.iou[rest[members]] / (2 * min(gain.shape))
        taken = np.zeros(gain.shape, bool)
        taken[linear_sum_assignment(gain, maximize=True)] = True
        chosen.append(rest[members[taken[row, column]]])
    return np.sort(np.concatenate(chosen))


def panoptic_quality(matched_iou: Float64, n_truth: int, n_prediction: int) -> PanopticQuality:
    """Return PQ, SQ and RQ: 0 where nothing matches, NaN where neither side has an object.

    Parameters
    ----------
    matched_iou
        IoU of the `matched_pairs`.
    n_truth, n_prediction
        Numbers of objects.
    """
    if not n_truth and not n_prediction:
        return PanopticQuality(math.nan, math.nan, math.nan)
    sq = float(matched_iou.mean()) if len(matched_iou) else 0.0
    rq = 2 * len(matched_iou) / (n_truth + n_prediction)
    return PanopticQuality(sq * rq, sq, rq)


def _count_at(overlap: Overlap, threshold: float) -> int:
    clear, rest = _clear_pairs(overlap, threshold)
    if not len(rest):
        return len(clear)
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    truth, t = np.unique(overlap.truth_index[rest], return_inverse=True)
    prediction, p = np.unique(overlap.prediction_index[rest], return_inverse=True)
    # As int32: up to 1.14, scipy's matching takes no other indices.
    at = t.astype(np.int32), p.astype(np.int32)
    graph = csr_array((np.ones(len(rest), bool), at), (len(truth), len(prediction)))
    return len(clear) + int((maximum_bipartite_matching(graph) >= 0).sum())


def _clear_pairs(overlap: Overlap, threshold: float) -> tuple[Int64, Int64]:
    """Split the pairs at or above a threshold: those without a rival, and the others."""
    enough = np.flatnonzero(overlap.iou >= threshold)
    truth, prediction = overlap.truth_index[enough], overlap.prediction_index[enough]
    rivals = (
        np.bincount(truth, minlength=1)[truth] + np.bincount(prediction, minlength=1)[prediction]
    )
    return enough[rivals == 2], enough[rivals > 2]
