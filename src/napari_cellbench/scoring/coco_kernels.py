"""COCO's greedy matching and its precision-recall curve, compiled. Import inside functions only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .coco import FALSE, IGNORED, TRUE
from .compiled import compiled


@compiled
def match(
    order: NDArray[np.int64],
    first: NDArray[np.int64],
    truth_index: NDArray[np.int64],
    iou: NDArray[np.float64],
    ignore: NDArray[np.bool_],
    crowd: NDArray[np.bool_],
    outside: NDArray[np.bool_],
    thresholds: NDArray[np.float64],
) -> NDArray[np.int8]:
    """Match detections, best score first, to the free true object with the highest IoU.

    Of equal IoUs the later true object wins; true objects that are ignored are taken only where
    no other fits, and a crowd region takes any number of detections.

    Parameters
    ----------
    order : (D,) int64
        Detections by falling score.
    first : (N + 1,) int64
        Where each detection's pairs start.
    truth_index, iou : (P,)
        The pairs, ordered by detection and then by true object.
    ignore : (A, G) bool
        True objects that don't count in an area range.
    crowd : (G,) bool
        Crowd regions; they are ignored in every area range.
    outside : (A, N) bool
        Detections outside an area range.
    thresholds : (T,) float64

    Returns
    -------
    (A, T, D) int8
        `FALSE`, `TRUE` or `IGNORED`, by falling score.
    """
    outcome = np.zeros((len(ignore), len(thresholds), len(order)), np.int8)
    for a in range(len(ignore)):
        for t in range(len(thresholds)):
            taken = np.zeros(len(crowd), np.bool_)
            for rank in range(len(order)):
                detection = order[rank]
                best = -1
                for ignored in (False, True):
                    if best >= 0:
                        break
                    best_iou = min(thresholds[t], 1 - 1e-10)
                    for pair in range(first[detection], first[detection + 1]):
                        truth = truth_index[pair]
                        if ignore[a, truth] != ignored or iou[pair] < best_iou:
                            continue
                        if not taken[truth] or crowd[truth]:
                            best, best_iou = truth, iou[pair]
                if best >= 0:
                    taken[best] = True
                    outcome[a, t, rank] = IGNORED if ignore[a, best] else TRUE
                elif outside[a, detection]:
                    outcome[a, t, rank] = IGNORED
    return outcome


@compiled
def curve(
    outcome: NDArray[np.int8], n_truth: int, recalls: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Return the interpolated precision at given recalls, and the highest recall.

    Parameters
    ----------
    outcome : (D,) int8
        What became of all detections, by falling score.
    n_truth
        Number of true objects that count, at least 1.
    recalls : (R,) float64
        Ascending.
    """
    n = len(outcome)
    recall, precision = np.empty(n), np.empty(n)
    right = wrong = 0
    for i in range(n):
        right += outcome[i] == TRUE
        wrong += outcome[i] == FALSE
        recall[i] = right / n_truth
        # The smallest step above 1 keeps 0 / 0 away, as in pycocotools.
        precision[i] = right / (wrong + right + 2.220446049250313e-16)
    for i in range(n - 1, 0, -1):
        precision[i - 1] = max(precision[i - 1], precision[i])
    interpolated = np.zeros(len(recalls))
    i = 0
    for r in range(len(recalls)):
        while i < n and recall[i] < recalls[r]:
            i += 1
        if i == n:
            break
        interpolated[r] = precision[i]
    return interpolated, right / n_truth
