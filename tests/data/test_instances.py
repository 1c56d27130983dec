"""Label images and masks are two views of the same objects."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pycocotools import mask as coco_mask

from napari_cellbench.data import Instances
from napari_cellbench.data.instances import as_labels
from napari_cellbench.errors import InputError

label_images = hnp.arrays(
    np.int32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=10), elements=st.integers(0, 5)
)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@given(label_images)
def test_labels_to_masks(labels):
    found = Instances.from_labels(labels)
    present = np.unique(labels[labels > 0])
    np.testing.assert_array_equal(found.ids, present)
    assert len(found) == len(present)
    for label, mask in zip(present, found.to_masks(), strict=True):
        np.testing.assert_array_equal(coco_mask.decode(mask), labels == label)


@given(hnp.arrays(bool, (3, 6, 7)), st.permutations([0.25, 0.5, 0.75]))
def test_masks_to_labels(masks, scores):
    """Painted from the least certain to the most certain one."""
    expected = np.zeros((6, 7), int)
    for i in np.argsort(scores):
        expected[masks[i]] = i + 1
    found = Instances.from_masks(masks, (6, 7), scores)
    np.testing.assert_array_equal(found.to_labels(), expected)
    np.testing.assert_array_equal(found.ids, [1, 2, 3])


def test_the_earlier_mask_wins_without_scores():
    masks = np.ones((2, 3, 3), bool)
    np.testing.assert_array_equal(Instances.from_masks(masks, (3, 3)).to_labels(), 1)


def test_many_labels():
    labels = np.arange(70_000).reshape(200, 350)
    assert len(Instances.from_labels(labels)) == 69_999


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (4, 4)])
def test_no_objects(shape):
    found = Instances.from_labels(np.zeros(shape, np.uint8), ())
    assert len(found) == 0
    assert found.to_masks() == ()
    np.testing.assert_array_equal(
        Instances.from_masks([], shape).to_labels(), np.zeros(shape, np.int32)
    )


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int64", ">i4", "float32"])
def test_types_of_labels(dtype):
    labels = as_labels(np.array([[0, 1], [1, 1]], dtype))
    assert labels.dtype == np.int32
    np.testing.assert_array_equal(labels, [[0, 1], [1, 1]])


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros((2, 2, 2), int), "must be"),
        (np.array([[0.5]]), "whole numbers"),
        (np.array([[np.nan]]), "whole numbers"),
        (np.array([[-1]]), "between 0"),
        (np.array([[2**31]]), "between 0"),
        (np.array([["a"]]), "must be integers"),
    ],
)
def test_what_is_no_label_image(labels, message):
    with pytest.raises(InputError, match=message):
        as_labels(labels)


def test_what_does_not_fit():
    with pytest.raises(InputError, match="1 objects but 2 scores"):
        Instances.from_labels(np.ones((2, 2), int), (0.5, 0.5))
    with pytest.raises(InputError, match="in an image of"):
        Instances.from_masks(np.ones((1, 2, 2), bool), (2, 3))
    with pytest.raises(ValueError, match="either"):
        Instances((2, 2))
