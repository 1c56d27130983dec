"""Overlaps against counting pixels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as coco_mask

from napari_cellbench.data import Instances
from napari_cellbench.errors import InputError
from napari_cellbench.scoring.overlap import overlap

MANY = settings(max_examples=3 * settings.default.max_examples, deadline=None)
masks = st.integers(0, 5).flatmap(
    lambda n: arrays(bool, (n, 5, 6), elements=st.booleans(), fill=st.just(False))
)
labels = arrays(np.int32, (5, 6), elements=st.sampled_from([0, 0, 1, 2, 70000]), fill=st.just(0))


def as_masks(objects):
    if objects.ndim == 3:
        return objects
    return np.array([objects == i for i in np.unique(objects[objects > 0])]).reshape(-1, 5, 6)


def instances(objects):
    if objects.ndim == 3:
        return Instances.from_masks(objects, (5, 6))
    return Instances.from_labels(objects)


@MANY
@given(truth=masks | labels, prediction=masks | labels)
def test_every_kind_of_input(truth, prediction):
    found = overlap(instances(truth), instances(prediction))
    t, p = as_masks(truth).reshape(-1, 30), as_masks(prediction).reshape(-1, 30)
    np.testing.assert_array_equal(found.truth_area, t.sum(axis=1))
    np.testing.assert_array_equal(found.prediction_area, p.sum(axis=1))
    shared = t.astype(int) @ p.T.astype(int)
    dense = np.zeros_like(shared)
    dense[found.truth_index, found.prediction_index] = found.intersection
    np.testing.assert_array_equal(dense, shared)
    assert (found.intersection > 0).all()
    order = np.lexsort((found.truth_index, found.prediction_index))
    np.testing.assert_array_equal(order, np.arange(len(order)))
    for ids, objects in ((found.truth_ids, truth), (found.prediction_ids, prediction)):
        expected = np.arange(1, len(objects) + 1) if objects.ndim == 3 else np.unique(objects)
        np.testing.assert_array_equal(ids, expected[expected > 0])


def test_masks_larger_than_five_bits_and_ten():
    """Run lengths of several characters, falling and rising."""
    rng = np.random.default_rng(0)
    truth = np.zeros((6, 900, 700), bool)
    for mask in truth:
        for _ in range(4):
            y, x = rng.integers(0, 850), rng.integers(0, 650)
            mask[y : y + rng.integers(1, 900), x : x + rng.integers(1, 300)] ^= True
    found = overlap(
        Instances.from_masks(truth, (900, 700)), Instances.from_masks(truth[::-1], (900, 700))
    )
    dense = np.zeros((6, 6))
    dense[found.truth_index, found.prediction_index] = found.iou
    encoded = coco_mask.encode(np.asfortranarray(truth.transpose(1, 2, 0), np.uint8))
    np.testing.assert_array_equal(dense, coco_mask.iou(encoded, encoded[::-1], [0] * 6))


def test_many_pairs():
    """More pairs than the table has room for at first, and many masks on one pixel."""
    truth = np.arange(1, 40001).reshape(200, 200)
    found = overlap(truth, truth[::-1])
    assert (found.n_truth, len(found.intersection)) == (40000, 40000)
    piled = Instances.from_masks(np.ones((90, 2, 3), bool), (2, 3))
    found = overlap(piled, piled)
    assert len(found.intersection) == 8100
    assert (found.intersection == 6).all()


def test_shapes_differ():
    with pytest.raises(InputError, match="5 x 6 pixels, the prediction 6 x 5"):
        overlap(np.zeros((5, 6), int), np.zeros((6, 5), int))
