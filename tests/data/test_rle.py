"""Run-length encoding, against pycocotools."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from pycocotools import mask as coco_mask

from napari_cellbench.data import Instances
from napari_cellbench.data.rle import encode_labels, mask_areas, pixels

label_images = arrays(
    np.int32, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.integers(0, 4)
)


@given(label_images)
def test_labels_are_encoded_as_pycocotools_does(labels):
    expected = [
        coco_mask.encode(np.asfortranarray(labels == i, np.uint8)) for i in np.unique(labels) if i
    ]
    assert list(encode_labels(labels)) == expected


@given(label_images)
def test_pixels_are_those_of_the_mask(labels):
    for i, mask in zip(np.unique(labels[labels > 0]), encode_labels(labels), strict=True):
        decoded = np.zeros(labels.shape, bool)
        decoded[pixels(mask)] = True
        np.testing.assert_array_equal(decoded, labels == i)


@pytest.mark.parametrize("side", [1, 40, 3000])
def test_long_runs_and_differences_of_either_sign(side):
    random = np.random.default_rng(side)
    plane = np.asfortranarray(random.random((side, 50)) < np.linspace(0, 1, 50), np.uint8)
    decoded = np.zeros(plane.shape, np.uint8)
    decoded[pixels(coco_mask.encode(plane))] = 1
    np.testing.assert_array_equal(decoded, plane)


def test_an_empty_mask_has_no_pixels():
    rows, columns = pixels(coco_mask.encode(np.zeros((5, 4), np.uint8, order="F")))
    assert len(rows) == len(columns) == 0


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (4, 4)])
def test_an_image_without_objects(shape):
    assert encode_labels(np.zeros(shape, np.int32)) == ()


def test_70_000_objects_are_encoded_in_one_pass():
    labels = np.zeros((600, 600), np.int32)
    labels[::2, ::2] = np.arange(1, 90_001).reshape(300, 300)
    masks = Instances.from_labels(labels).to_masks()
    assert len(masks) == 90_000
    assert coco_mask.area(list(masks[:100])).tolist() == [1] * 100
    again = Instances.from_masks(masks, labels.shape).to_labels()
    np.testing.assert_array_equal(again, labels)


def test_pixels_of_more_masks_than_fit_into_a_byte_are_counted():
    labels = np.repeat(np.arange(1, 401, dtype=np.int32), np.arange(1, 401)).reshape(200, -1)
    np.testing.assert_array_equal(mask_areas(encode_labels(labels)), np.arange(1, 401))
    assert mask_areas([]).shape == (0,)
