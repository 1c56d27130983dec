"""From channels to a photograph."""

import numpy as np
import pytest

from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.errors import InputError
from napari_cellbench.methods.segment_anything.inputs import to_photograph

RNG = np.random.default_rng(0)


def photograph(image, roles):
    return to_photograph(image, roles, ExactStatistics(image))


def expected(plane, values):
    """Stretch by the definition of the percentiles."""
    black, white = np.percentile(values, (0.1, 99.9))
    return np.round(255 * np.clip((plane - black) / (white - black), 0, 1))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16, np.float32, np.float64])
def test_grey(dtype):
    image = (RNG.normal(1000, 300, (1, 40, 50)).clip(0, None) / 10).astype(dtype)
    out = photograph(image, ("phase",))
    assert out.dtype == np.uint8
    assert out.shape == (40, 50, 3)
    for colour in range(3):
        np.testing.assert_allclose(out[..., colour], expected(image[0], image), atol=1)


def test_nucleus_is_blue_and_the_cell_green_in_either_order():
    image = RNG.integers(0, 60_000, (2, 30, 30)).astype(np.uint16)
    out = photograph(image, ("nucleus", "whole_cell"))
    np.testing.assert_array_equal(out[..., 2], expected(image[0], image[0]))
    np.testing.assert_array_equal(out[..., 1], expected(image[1], image[1]))
    assert not out[..., 0].any()
    np.testing.assert_array_equal(photograph(image[::-1], ("whole_cell", "nucleus")), out)


def test_colours_keep_their_hue_and_their_order():
    image = (RNG.random((3, 30, 30)) * np.array([[[200]], [[100]], [[50]]])).astype(np.uint8)
    out = photograph(image, ("red", "green", "blue"))
    for colour in range(3):
        np.testing.assert_array_equal(out[..., colour], expected(image[colour], image))
    np.testing.assert_array_equal(photograph(image[::-1], ("blue", "green", "red")), out)


def test_percentiles_are_those_of_the_whole_image():
    image = RNG.integers(0, 255, (1, 64, 64)).astype(np.uint8)
    whole = photograph(image, ("nucleus",))
    tile = to_photograph(image[:, :20, 10:30], ("nucleus",), ExactStatistics(image))
    np.testing.assert_array_equal(tile, whole[:20, 10:30])


def test_constant_is_black():
    assert not photograph(np.full((1, 8, 8), 7.0), ("nucleus",)).any()


def test_four_channels():
    with pytest.raises(InputError, match="up to 3 channels"):
        photograph(np.zeros((4, 8, 8)), ("other",) * 4)
