"""Arrays as samples."""

import numpy as np
import pytest

from napari_cellbench.data.arrays import sample_of_array
from napari_cellbench.data.samples import demo_sample
from napari_cellbench.errors import InputError


@pytest.mark.parametrize("dtype", [np.uint8, ">u2", np.float32, bool])
def test_channels_lie_first_or_last(dtype):
    plane = np.asarray(demo_sample().image[0])[:64, :80]
    image = (np.stack([plane, plane[::-1]]) // 20).astype(dtype)
    first, last = sample_of_array(image), sample_of_array(np.moveaxis(image, 0, -1))
    np.testing.assert_array_equal(first.image, image)
    np.testing.assert_array_equal(last.image, image)
    assert first.image.dtype.isnative
    assert "taken for channels" in first.notes[0]


def test_grey_in_three_channels_is_one():
    plane = np.asarray(demo_sample().image[0])[:64, :80]
    sample = sample_of_array(np.stack([plane] * 3, axis=-1), "mine")
    assert (sample.name, sample.image.shape, sample.roles) == ("mine", (1, 64, 80), ("nucleus",))


@pytest.mark.parametrize(
    "array", [np.zeros(3), np.zeros((0, 5)), np.zeros((2, 2), complex), np.zeros((1, 2, 3, 4))]
)
def test_what_is_no_image(array):
    with pytest.raises(InputError, match="An image is an array of numbers"):
        sample_of_array(array)
