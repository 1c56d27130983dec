import numpy as np
import pytest

pytest.importorskip("torch")

from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import uniform_filter

from napari_cellbench.methods.shared.diffusion import (
    central_pixel,
    diffused,
    in_threads,
    uphill,
)

MASKS = arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9)))


@given(MASKS, st.integers(0, 30))
def test_heat_is_the_mean_of_nine_pixels_at_each_step(mask, steps):
    assume(mask.any())
    inside = np.pad(mask, 1)
    y, x = central_pixel(inside)
    expected = np.zeros(inside.shape)
    for _ in range(steps):
        expected[y, x] += 1
        expected = uniform_filter(expected, 3, mode="constant") * inside
    found = diffused(inside, y, x, steps)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert not found[~inside].any()


@given(MASKS)
def test_the_central_pixel_is_of_the_object_and_none_is_nearer(mask):
    assume(mask.any())
    ys, xs = np.nonzero(mask)
    for middle in (np.mean, np.median):
        y, x = central_pixel(mask, middle)
        assert mask[y, x]
        distances = (ys - middle(ys)) ** 2 + (xs - middle(xs)) ** 2
        assert (y - middle(ys)) ** 2 + (x - middle(xs)) ** 2 == distances.min()


def test_uphill_has_length_one_where_there_is_a_slope():
    ramp = np.add.outer(3.0 * np.arange(6), 4.0 * np.arange(7))
    np.testing.assert_allclose(uphill(ramp)[0], 0.6)
    np.testing.assert_allclose(uphill(ramp)[1], 0.8)
    assert not uphill(np.ones((6, 7))).any()


def test_threads_keep_the_order():
    assert in_threads(lambda n: n * n, range(50)) == [n * n for n in range(50)]
