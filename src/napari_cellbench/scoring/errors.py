"""Which cells are wrong and how: missed, extra, split, merged, badly outlined."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.instances import as_labels
from .counts import matched_pairs
from .overlap import Overlap, overlap

MATCHED, MISSED, FALSE = 1, 2, 3
"""Labels in an error map."""

Pair = tuple[int, int]
Group = tuple[tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True)
class ObjectErrors:
    """Errors by kind, as deepcell's object metrics count them; all numbers are label ids.

    Attributes
    ----------
    correct
        (truth, prediction) with an IoU above the first limit.
    missed, extra
        True objects without a prediction and predictions without a true object, also those of
        `badly_outlined`.
    badly_outlined
        (truth, prediction) that belong to each other and to no other, with too low an IoU.
    splits
        (truth, predictions): one true object in several pieces.
    merges
        (truths, prediction): several true objects in one.
    catastrophes
        (truths, predictions) that are both at once.
    iou
        IoU of each pair in `correct` and `badly_outlined`.
    """

    correct: list[Pair] = field(default_factory=list)
    missed: list[int] = field(default_factory=list)
    extra: list[int] = field(default_factory=list)
    badly_outlined: list[Pair] = field(default_factory=list)
    splits: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    merges: list[tuple[tuple[int, ...], int]] = field(default_factory=list)
    catastrophes: list[Group] = field(default_factory=list)
    iou: dict[Pair, float] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """Numbers under the names of deepcell's table."""
        return {
            "correct_detections": len(self.correct),
            "missed_detections": len(self.missed),
            "gained_detections": len(self.extra),
            "split": len(self.splits),
            "gained_det_from_split": sum(len(pieces) - 1 for _, pieces in self.splits),
            "merge": len(self.merges),
            "missed_det_from_merge": sum(len(parts) - 1 for parts, _ in self.merges),
            "catastrophe": len(self.catastrophes),
            "true_det_in_catastrophe": sum(len(truths) for truths, _ in self.catastrophes),
            "pred_det_in_catastrophe": sum(len(preds) for _, preds in self.catastrophes),
        }


def object_errors(overlap: Overlap, cutoff1: float = 0.4, cutoff2: float = 0.1) -> ObjectErrors:
    """Sort all objects by kind of error.

    Objects with an IoU above ``1 - cutoff1`` are matched one to one. Among the others, two belong
    together if their IoU is at least `cutoff2`, or at most `cutoff1` while one is more than half
    inside the other. A group of one is missed or extra; a pair is both; one true object with
    several predictions is a split, one prediction with several true objects a merge, and anything
    larger a catastrophe.

    This is what ``deepcell_toolbox.metrics.ObjectAccuracy`` (0.12, ``force_event_links=False``)
    does, but for objects in catastrophes, of which it keeps the last group's number only.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    iou = overlap.iou
    # The next number above the limit: the IoU has to exceed it.
    matched = matched_pairs(overlap, float(np.nextafter(1 - cutoff1, 1)))
    t, p = overlap.truth_index, overlap.prediction_index
    left_t, left_p = np.ones(overlap.n_truth, bool), np.ones(overlap.n_prediction, bool)
    left_t[t[matched]], left_p[p[matched]] = False, False
    inside = overlap.intersection / np.minimum(overlap.truth_area[t], overlap.prediction_area[p])
    linked = (iou >= cutoff2) | ((iou <= cutoff1) & (inside > 0.5))
    links = np.flatnonzero(linked & left_t[t] & left_p[p])
    n = overlap.n_truth + overlap.n_prediction
    graph = coo_array((np.ones(len(links)), (t[links], p[links] + overlap.n_truth)), (n, n))
    _, group = connected_components(graph, directed=False)

    found = ObjectErrors()
    ids = overlap.truth_ids, overlap.prediction_ids
    known = {
        (int(ids[0][t[k]]), int(ids[1][p[k]])): float(iou[k])
        for k in np.concatenate([matched, links])
    }
    found.correct.extend((int(ids[0][t[k]]), int(ids[1][p[k]])) for k in matched)
    members = np.flatnonzero(np.concatenate([left_t, left_p]))
    members = members[np.argsort(group[members], kind="stable")]
    for part in np.split(members, np.flatnonzero(np.diff(group[members])) + 1):
        truths = tuple(ids[0][part[part < overlap.n_truth]].tolist())
        predictions = tuple(ids[1][part[part >= overlap.n_truth] - overlap.n_truth].tolist())
        if len(truths) <= 1 and len(predictions) <= 1:
            found.missed.extend(truths)
            found.extra.extend(predictions)
            if truths and predictions:
                found.badly_outlined.append((truths[0], predictions[0]))
        elif len(truths) == 1:
            found.splits.append((truths[0], predictions))
        elif len(predictions) == 1:
            found.merges.append((truths, predictions[0]))
        else:
            found.catastrophes.append((truths, predictions))
    found.missed.sort()
    found.extra.sort()
    found.iou.update({pair: known[pair] for pair in found.correct + found.badly_outlined})
    return found


def error_map(
    truth: NDArray[Any],
    prediction: NDArray[Any],
    threshold: float = 0.5,
    known: Overlap | None = None,
) -> NDArray[np.uint8]:
    """Draw where a prediction is right and wrong, in the style of the Data Science Bowl paper.

    Parameters
    ----------
    truth, prediction : (Y, X) integer
    threshold
        IoU at which objects match.
    known
        Overlap of the two, where it is more than the images show: of masks that they show
        flattened, or without predictions that don't count. Only its objects are drawn.

    Returns
    -------
    (Y, X) uint8
        `MATCHED` on the inner boundary of matched true objects, `MISSED` on true objects without a
        match, `FALSE` on predictions without one where they don't cover a missed object.
    """
    from skimage.segmentation import find_boundaries

    truth, prediction = as_labels(truth), as_labels(prediction)
    both = overlap(truth, prediction) if known is None else known
    pairs = matched_pairs(both, threshold)
    good_truth, good_prediction = both.truth_index[pairs], both.prediction_index[pairs]
    out = np.zeros(truth.shape, np.uint8)
    out[np.isin(prediction, np.delete(both.prediction_ids, good_prediction))] = FALSE
    out[np.isin(truth, np.delete(both.truth_ids, good_truth))] = MISSED
    good = np.isin(truth, both.truth_ids[good_truth])
    out[good & find_boundaries(truth, mode="inner")] = MATCHED
    return out
