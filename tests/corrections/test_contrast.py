"""How much a cell stands out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.draw import disk

from napari_cellbench.corrections.contrast import contrast
from napari_cellbench.errors import InputError


@pytest.fixture
def cell():
    mask = np.zeros((60, 70), bool)
    mask[disk((30, 30), 10)] = True
    return mask


def noise(shape, seed=0):
    return np.random.default_rng(seed).normal(100, 10, (1, *shape))


def test_brighter_darker_and_nothing_to_see(cell):
    image = noise(cell.shape)
    (bright,), (none,), (dark,) = (contrast(image + by * cell, cell) for by in (60, 0, -60))
    assert bright == pytest.approx(3, rel=0.15)
    assert dark == pytest.approx(-3, rel=0.15)
    assert abs(none) < 0.15


@given(st.floats(0.1, 100), st.floats(-1000, 1000))
def test_brightness_and_gain_make_no_difference(gain, offset):
    mask = np.zeros((30, 30), bool)
    mask[10:20, 12:20] = True
    image = noise(mask.shape) + 40 * mask
    np.testing.assert_allclose(contrast(gain * image + offset, mask), contrast(image, mask))


def test_each_channel_by_itself(cell):
    image = np.concatenate([noise(cell.shape), noise(cell.shape, 1) + 50 * cell])
    found = contrast(image, cell)
    alone = [contrast(channel[None], cell)[0] for channel in image]
    np.testing.assert_allclose(found, alone)
    assert found[1] > 10 * abs(found[0])


def test_drawings_and_whole_images(cell):
    assert contrast(7.0 * cell[None], cell).tolist() == [7.0]
    assert contrast(noise(cell.shape), np.ones_like(cell)).tolist() == [0.0]


def test_what_has_no_contrast(cell):
    with pytest.raises(InputError, match="no cell"):
        contrast(noise(cell.shape), np.zeros_like(cell))
    with pytest.raises(InputError, match="A mask of"):
        contrast(noise((5, 5)), cell)
