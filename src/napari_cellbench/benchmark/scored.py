"""What became of an image: its figures, and each of its cells."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data import Instances
from ..data.rle import RLE, mask_areas, pixels
from ..morphology.shape import shape_features
from ..scoring.coco import accumulate
from ..scoring.counts import THRESHOLDS, matched_pairs
from ..scoring.errors import ObjectErrors, object_errors
from ..scoring.overlap import Overlap
from ..scoring.score import assemble, matches_in, to_plain
from .tables import COUNTS, CURVES, NUMBERS, OF_CELL

SHAPE = ("elongation", "convexity", "y", "x")


def figures_and_cells(
    truth: Instances, prediction: Instances, crowds: Instances | None = None
) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """Score a prediction, and say what became of each cell.

    Parameters
    ----------
    truth, prediction, crowds
        As for `scoring.score`.

    Returns
    -------
    figures
        Columns of `tables.IMAGES`.
    cells
        Columns of `tables.OF_CELL`: the true cells, then the predictions without a match.
    """
    matches = matches_in(truth, prediction, None, crowds)
    figures = assemble(
        accumulate([matches.coco]), matches.counts, matches.matched_iou, ranked=matches.ranked
    )
    row = {name: to_plain(getattr(figures, name)) for name in (*NUMBERS, *COUNTS, "ranked")}
    row |= {name: to_plain(getattr(figures, name)) for name in CURVES}
    upper = slice(-len(THRESHOLDS), None)
    for name in ("tp", "fp", "fn"):
        row[name] = getattr(matches.counts, name)[upper].tolist()
    return row, _cells(truth, prediction, matches.counted)


def _cells(truth: Instances, prediction: Instances, overlap: Overlap) -> dict[str, list[Any]]:
    pairs = matched_pairs(overlap)
    matched_truth = np.zeros(overlap.n_truth, bool)
    matched_truth[overlap.truth_index[pairs]] = True
    matched = np.zeros(overlap.n_prediction, bool)
    matched[overlap.prediction_index[pairs]] = True
    # A true cell's own match counts more than any other prediction.
    rank = overlap.iou.copy()
    rank[pairs] += 1
    best = _best(overlap.truth_index, rank, overlap.n_truth)
    best_of_other = _best(overlap.prediction_index, overlap.iou, overlap.n_prediction)
    all_match = bool(matched_truth.all() and matched.all())
    kinds, kinds_of_other = _kinds(ObjectErrors() if all_match else object_errors(overlap))
    true_shape, shape = _Shapes(truth), _Shapes(prediction, only=overlap.prediction_ids[~matched])
    rows: list[tuple[Any, ...]] = []
    for i, label in enumerate(overlap.truth_ids.tolist()):
        kind = "matched" if matched_truth[i] else kinds.get(label, "outline")
        k = best[i]
        other = (
            None
            if k < 0 or kind == "missed"
            else int(overlap.prediction_ids[overlap.prediction_index[k]])
        )
        iou = 0.0 if k < 0 else float(overlap.iou[k])
        rows.append((kind, label, other, int(overlap.truth_area[i]), iou, *true_shape.of(label)))
    for i in np.flatnonzero(~matched).tolist():
        label = int(overlap.prediction_ids[i])
        k = best_of_other[i]
        iou = 0.0 if k < 0 else float(overlap.iou[k])
        kind = kinds_of_other.get(label, "outline")
        size = int(overlap.prediction_area[i])
        rows.append((kind, None, label, size, iou, *shape.of(label)))
    names = ("kind", "label", "prediction", "size", "iou", *SHAPE)
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    found = dict(zip(names, map(list, columns), strict=True))
    return {name: found[name] for name in OF_CELL}


def _best(index: NDArray[np.int64], iou: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Return for each object the pair with the highest IoU; -1 where it has none."""
    found = np.full(count, -1)
    order = np.argsort(iou, kind="stable")
    found[index[order]] = order
    return found


def _kinds(errors: ObjectErrors) -> tuple[dict[int, str], dict[int, str]]:
    """Return the kind of error that each true cell, and each prediction, takes part in."""
    true = dict.fromkeys(errors.missed, "missed")
    found = dict.fromkeys(errors.extra, "extra")
    for kind, groups in (
        ("outline", [((t,), (p,)) for t, p in errors.badly_outlined]),
        ("split", [((t,), pieces) for t, pieces in errors.splits]),
        ("merged", [(parts, (p,)) for parts, p in errors.merges]),
        ("mixed", errors.catastrophes),
    ):
        for truths, predictions in groups:
            true |= dict.fromkeys(truths, kind)
            found |= dict.fromkeys(predictions, kind)
    return true, found


class _Shapes:
    """Shapes and centres of objects; what others hide in a label image is drawn by itself."""

    def __init__(self, objects: Instances, only: NDArray[np.int64] | None = None) -> None:
        labels = objects.to_labels()
        if only is not None:
            labels = np.where(np.isin(labels, only), labels, 0) if len(only) else labels[:0, :0]
        hidden = np.zeros(0, int)
        if objects.masks is not None:
            seen = np.bincount(labels.ravel(), minlength=len(objects) + 1)[1:]
            hidden = np.flatnonzero(seen != mask_areas(objects.masks))
        self._found = _measured(labels)
        for i in hidden.tolist():
            if only is not None and i + 1 not in only:
                continue
            assert objects.masks is not None
            self._found[i + 1] = _alone(objects.masks[i])

    def of(self, label: int) -> tuple[Any, ...]:
        """Return the values of `SHAPE`."""
        return self._found.get(label, (None,) * len(SHAPE))


def _alone(mask: RLE) -> tuple[Any, ...]:
    """Measure one mask, in no more of the image than it takes."""
    ys, xs = pixels(mask)
    if not len(ys):
        return (None,) * len(SHAPE)
    top, left = int(ys.min()), int(xs.min())
    own = np.zeros((int(ys.max()) - top + 1, int(xs.max()) - left + 1), np.int32)
    own[ys - top, xs - left] = 1
    elongation, convexity, y, x = _measured(own)[1]
    return elongation, convexity, y + top, x + left


def _measured(labels: NDArray[np.int32]) -> dict[int, tuple[Any, ...]]:
    if not labels.size or not labels.any():
        return {}
    features = shape_features(labels)
    ids = features["label"]
    inside = np.flatnonzero(labels)
    ys, xs = np.divmod(inside, labels.shape[1])
    at = np.searchsorted(ids, labels.ravel()[inside])
    size = np.bincount(at, minlength=len(ids))
    columns = (
        to_plain(features["elongation"].tolist()),
        to_plain(features["convexity"].tolist()),
        (np.bincount(at, ys, len(ids)) / size).tolist(),
        (np.bincount(at, xs, len(ids)) / size).tolist(),
    )
    return dict(zip(ids.tolist(), zip(*columns, strict=True), strict=True))
