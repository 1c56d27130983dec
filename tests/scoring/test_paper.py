"""The benchmark paper's equations, written out with loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_cellbench.scoring import score
from napari_cellbench.scoring.counts import THRESHOLDS
from napari_cellbench.scoring.overlap import overlap
from napari_cellbench.scoring.paper import (
    mean_best_iou,
    paper_score,
    precision_recall,
    task_accuracy,
)

noise = arrays(np.int32, (5, 6), elements=st.integers(0, 6), fill=st.just(0))


def by_the_book(images, threshold):
    """Equations 1 to 4 for one threshold: AP, AR."""
    points = []
    for truth, prediction in images:
        t = [truth == i for i in np.unique(truth) if i]
        p = [prediction == i for i in np.unique(prediction) if i]
        iou = [[(a & b).sum() / (a | b).sum() for b in t] for a in p]
        iou_p = [max(row, default=0) for row in iou]
        iou_g = [max((row[k] for row in iou), default=0) for k in range(len(t))]
        tp = sum(x >= threshold for x in iou_p)
        fp = sum(x < threshold for x in iou_p)
        fn = sum(x < threshold for x in iou_g)
        points.append((tp / (tp + fn), tp / (tp + fp) if p else 0))
    points.sort()
    recall = [r for r, _ in points]
    area = 0.0
    for o in range(1, len(points)):
        best = max(p for r, p in points if r >= recall[o])
        area += (recall[o] - recall[o - 1]) * best
    return area, np.mean(recall)


@settings(max_examples=2 * settings.default.max_examples, deadline=None)
@given(images=st.lists(st.tuples(noise, noise), min_size=2, max_size=5))
def test_equations(images):
    images = [(truth, prediction) for truth, prediction in images if truth.any()]
    if len(images) < 2:
        return
    found = paper_score([precision_recall(overlap(*pair)) for pair in images])
    for k, threshold in enumerate(THRESHOLDS):
        ap, ar = by_the_book(images, threshold)
        assert found.ap[k] == pytest.approx(ap)
        assert found.ar[k] == pytest.approx(ar)
    assert found.mAP == pytest.approx(found.ap.mean())
    assert (found.ap[0], found.ap[5]) == (found.AP50, found.AP75)
    assert (found.ar[0], found.ar[5]) == (found.AR50, found.AR75)


def test_what_is_not_defined():
    one, none = np.array([[1, 1, 0]]), np.array([[0, 0, 0]])
    without = precision_recall(overlap(none, one))
    alone = paper_score([precision_recall(overlap(one, one)), without])
    assert np.isnan(alone.ap).all()
    assert (alone.ar == 1).all()
    assert np.isnan(paper_score([without]).ar).all()
    assert np.isnan(mean_best_iou(overlap(none, one)))
    assert mean_best_iou(overlap(one, none)) == 0


def test_task_accuracy_is_the_mean_of_five():
    truth = np.array([[1, 1, 1, 2, 2, 2]])
    prediction = np.array([[1, 1, 0, 2, 2, 2]])
    figures = score(truth, prediction)
    five = [figures.mAP, figures.AP50, figures.AP75, figures.AR50, figures.AR75]
    assert task_accuracy(figures) == pytest.approx(np.mean(five))
