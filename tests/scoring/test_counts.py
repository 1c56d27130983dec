"""Counts against stardist and cellpose, on many small hard cases."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linear_sum_assignment

from napari_cellbench.data import Instances
from napari_cellbench.scoring import score
from napari_cellbench.scoring.counts import (
    DSB_THRESHOLDS,
    THRESHOLDS,
    count,
    matched_pairs,
    panoptic_quality,
    splits_and_merges,
)
from napari_cellbench.scoring.overlap import overlap

MANY = settings(max_examples=4 * settings.default.max_examples, deadline=None)
noise = st.integers(0, 9).flatmap(
    lambda top: arrays(np.int32, (6, 8), elements=st.integers(0, top), fill=st.just(0))
)


@MANY
@given(truth=noise, prediction=noise)
def test_equal_to_stardist(truth, prediction):
    matching = pytest.importorskip("stardist.matching").matching
    counts = count(overlap(truth, prediction), DSB_THRESHOLDS)
    for k, threshold in enumerate(DSB_THRESHOLDS):
        reference = matching(truth, prediction, thresh=threshold, criterion="iou")
        assert (counts.tp[k], counts.fp[k], counts.fn[k]) == (
            reference.tp,
            reference.fp,
            reference.fn,
        )
        for name in ("precision", "recall", "f1", "accuracy"):
            # Without any object stardist says 0, and here it is undefined.
            expected = getattr(reference, name) if truth.any() or prediction.any() else np.nan
            assert getattr(counts, name)[k] == pytest.approx(expected, abs=1e-12, nan_ok=True)
        if threshold >= 0.5 and (truth.any() or prediction.any()):
            pairs = overlap(truth, prediction)
            matched = pairs.iou[matched_pairs(pairs, threshold)]
            panoptic = panoptic_quality(matched, reference.n_true, reference.n_pred)
            # stardist keeps IoUs in single precision
            assert panoptic.pq == pytest.approx(reference.panoptic_quality, abs=1e-6)
            assert panoptic.sq == pytest.approx(reference.mean_matched_score, abs=1e-6)


@settings(MANY, max_examples=settings.default.max_examples)
@given(truth=noise, prediction=noise)
def test_equal_to_cellpose(truth, prediction):
    average_precision = pytest.importorskip("cellpose.metrics").average_precision
    if not truth.any() or not prediction.any() or truth.all() or prediction.all():
        return  # cellpose divides by 0, or counts background where there is none
    counts = count(overlap(truth, prediction), THRESHOLDS)
    # cellpose wants consecutive ids
    truth, prediction = (np.unique(x, return_inverse=True)[1] for x in (truth, prediction))
    ap, tp, fp, fn = average_precision(
        truth.reshape(6, 8), prediction.reshape(6, 8), list(THRESHOLDS)
    )
    np.testing.assert_allclose(counts.accuracy, ap, atol=1e-6)
    np.testing.assert_array_equal([counts.tp, counts.fp, counts.fn], [tp, fp, fn])


@MANY
@given(data=st.data(), threshold=st.sampled_from([0.1, 0.3, 0.5, 0.6]))
def test_overlapping_masks_match_best(data, threshold):
    """As many matches as possible, of these the greatest IoU: by brute force."""
    masks = [
        data.draw(arrays(bool, (data.draw(st.integers(0, 4)), 3, 4), elements=st.booleans()))
        for _ in range(2)
    ]
    pairs = overlap(*(Instances.from_masks(m, (3, 4)) for m in masks))
    iou = np.zeros((len(masks[0]), len(masks[1])))
    for i, a in enumerate(masks[0]):
        for j, b in enumerate(masks[1]):
            iou[i, j] = (a & b).sum() / max((a | b).sum(), 1)
    gain = np.where(iou >= threshold, 1 + iou / 8, 0)
    rows, columns = linear_sum_assignment(gain, maximize=True)
    chosen = iou[rows, columns][gain[rows, columns] > 0]
    assert count(pairs, [threshold]).tp[0] == len(chosen)
    matched = matched_pairs(pairs, threshold)
    assert pairs.iou[matched].sum() == pytest.approx(chosen.sum())
    assert len(set(pairs.truth_index[matched])) == len(chosen)
    assert len(set(pairs.prediction_index[matched])) == len(chosen)


@MANY
@given(truth=noise, prediction=noise)
@example(truth=np.array([[1, 1, 2, 2]]), prediction=np.array([[1, 2, 2, 2]]))
def test_splits_and_merges_by_the_bowls_rule(truth, prediction):
    """Against the whole matrix of IoUs, as its ``get_splits_and_merges`` reads it."""
    objects = [[image == i for i in np.unique(image[image > 0])] for image in (truth, prediction)]
    iou = np.array([[(t & p).sum() / (t | p).sum() for p in objects[1]] for t in objects[0]])
    touching = iou.reshape(len(objects[0]), len(objects[1])) > 0.1
    expected = (touching.sum(axis=1) > 1).sum(), (touching.sum(axis=0) > 1).sum()
    assert splits_and_merges(overlap(truth, prediction)) == expected


def test_dsb_score_is_the_papers_mean():
    """Two objects of IoU 1 and 0.5, one extra: 3 counts above and below 0.5."""
    truth = np.array([[1, 1, 2, 2, 0]])
    prediction = np.array([[1, 1, 2, 0, 3]])
    expected = np.mean([2 / 3 if t <= 0.5 else 1 / 4 for t in DSB_THRESHOLDS])
    assert score(truth, prediction).dsb_score == pytest.approx(expected)


def test_counts_of_images_add_up():
    one = count(overlap(np.array([[1, 1, 2]]), np.array([[1, 1, 0]])))
    two = count(overlap(np.array([[1, 0, 0]]), np.array([[0, 2, 3]])))
    both = one + two
    assert (both.tp[0], both.fp[0], both.fn[0]) == (1, 2, 2)
    assert both.error_rate[0] == pytest.approx(4 / 3)
