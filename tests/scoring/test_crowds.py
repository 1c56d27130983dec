"""Regions of many cells: what is found there counts neither as right nor as wrong."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_cellbench.data import Instances
from napari_cellbench.scoring import DatasetScorer, score

SHAPE = (8, 11)
labels = arrays(np.int32, SHAPE, elements=st.integers(0, 5), fill=st.just(0))


def boxes(*places: tuple[slice, slice]) -> Instances:
    masks = np.zeros((len(places), *SHAPE), bool)
    for mask, place in zip(masks, places, strict=True):
        mask[place] = True
    return Instances.from_masks(masks, SHAPE)


@settings(max_examples=3 * settings.default.max_examples, deadline=None)
@given(truth=labels, prediction=labels, crowds=labels)
def test_coco_figures_equal_pycocotools(pycocotools_eval, truth, prediction, crowds):
    true, regions = Instances.from_labels(truth), Instances.from_labels(crowds)
    together = Instances.from_masks(true.to_masks() + regions.to_masks(), SHAPE)
    flags = [False] * len(true) + [True] * len(regions)
    pair = [(together, Instances.from_labels(prediction))]
    precision, recall = pycocotools_eval(pair, [flags])
    found = score(truth, prediction, crowds=regions)
    expected = precision[0].mean(), recall[0, 0], recall[0, 5]
    np.testing.assert_allclose((found.mAP, found.AR50, found.AR75), expected, atol=1e-9)


def test_what_counts():
    truth = boxes(np.s_[0:4, 0:4])
    prediction = np.zeros(SHAPE, int)
    prediction[0:4, 0:4] = 1  # right
    prediction[5:7, 0:2] = 2  # false
    prediction[0:3, 6:9] = 3  # in the crowd
    prediction[5:8, 5:9] = 4  # a quarter of it in the crowd: false
    crowds = boxes(np.s_[0:6, 5:9])
    found = score(truth, prediction, crowds=crowds)
    assert (found.n_prediction, found.f1[0], found.error_rate) == (3, 0.5, 2)
    assert score(truth, prediction).error_rate == 3


def test_a_right_prediction_in_a_crowd_counts():
    truth = boxes(np.s_[1:4, 5:9])
    found = score(truth, truth, crowds=boxes(np.s_[0:6, 4:10]))
    assert (found.n_prediction, found.AP50, found.pq) == (1, pytest.approx(1), 1)


def test_in_a_data_set():
    truth, crowds = boxes(np.s_[0:4, 0:4]), boxes(np.s_[0:6, 5:9])
    prediction = boxes(np.s_[0:4, 0:4], np.s_[0:3, 6:9])
    scorer = DatasetScorer()
    assert scorer.add(truth, prediction, crowds=crowds).error_rate == 0
    assert scorer.add(truth, prediction).error_rate == 1
    result = scorer.result()
    assert result.pooled.error_rate == 0.5
    assert result.paper.ar[0] == 1
