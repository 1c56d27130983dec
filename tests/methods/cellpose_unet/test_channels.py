import numpy as np
import pytest

from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.errors import InputError
from napari_cellbench.methods.cellpose_unet.channels import network_input


@pytest.fixture
def image():
    rng = np.random.default_rng(0)
    return np.stack([rng.integers(0, top, (40, 50)) for top in (100, 1000, 60000)]).astype("u2")


def _scaled(plane):
    low, high = np.percentile(plane, (1, 99))
    return (plane - low) / (high - low)


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        (("nucleus", "whole_cell", "other"), (1, 0)),
        (("nucleus", "other", "phase"), (2, 0)),
        (("other", "nucleus", "other"), (1, None)),
        (("phase", "whole_cell", "other"), (1, None)),
    ],
)
def test_the_first_channel_is_to_be_segmented_and_the_second_its_nucleus(image, roles, expected):
    x = network_input(image, roles, ExactStatistics(image), 2)
    assert x.shape == (40, 50, 2)
    for slot, channel in enumerate(expected):
        wanted = np.zeros((40, 50)) if channel is None else _scaled(image[channel])
        np.testing.assert_allclose(x[..., slot], wanted, atol=1e-6)


def test_a_network_of_one_channel_gets_the_first(image):
    x = network_input(image, ("nucleus", "whole_cell", "other"), ExactStatistics(image), 1)
    np.testing.assert_allclose(x[..., 0], _scaled(image[1]), atol=1e-6)


def test_a_single_channel_of_any_role_will_do(image):
    x = network_input(image[:1], ("other",), ExactStatistics(image[:1]), 2)
    np.testing.assert_allclose(x[..., 0], _scaled(image[0]), atol=1e-6)


def test_colour_becomes_grey(image):
    x = network_input(image, ("red", "green", "blue"), ExactStatistics(image), 2)
    np.testing.assert_allclose(x[..., 0], _scaled(image.mean(0)), atol=1e-5)
    assert not x[..., 1].any()


def test_the_whole_image_sets_the_range_of_a_tile(image):
    statistics = ExactStatistics(image)
    whole = network_input(image, ("whole_cell", "nucleus", "other"), statistics, 2)
    tile = network_input(image[:, 5:20, 7:30], ("whole_cell", "nucleus", "other"), statistics, 2)
    np.testing.assert_array_equal(tile, whole[5:20, 7:30])


def test_a_channel_without_contrast_is_zero(image):
    image[0] = 500
    x = network_input(image, ("nucleus", "whole_cell", "other"), ExactStatistics(image), 2)
    assert not x[..., 1].any()


def test_channels_that_do_not_fit(image):
    with pytest.raises(InputError, match="needs a whole cell"):
        network_input(image, ("other", "other", "red"), ExactStatistics(image), 2)
    with pytest.raises(InputError, match="takes 4 channels; the image has 3"):
        network_input(image, ("red", "green", "blue"), ExactStatistics(image), 4)
