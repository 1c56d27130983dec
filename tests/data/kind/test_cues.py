"""What the cues of an image are measured with, against scipy and numpy."""

from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.ndimage import uniform_filter

from napari_cellbench.data.kind.cues import box_mean, cues_of, order_of

finite = st.floats(allow_nan=False, allow_infinity=False, width=32)


@given(
    arrays(
        np.float32,
        array_shapes(min_dims=2, max_dims=2, max_side=12),
        elements=st.floats(0, 1, width=32),
    ),
    st.sampled_from([1, 3, 5, 9]),
    st.sampled_from([1, 2, 3]),
)
def test_means_of_windows_are_those_of_scipy(image, side, step):
    expected = uniform_filter(image.astype(np.float64), side)[::step, ::step]
    np.testing.assert_allclose(box_mean(image, side, step), expected, atol=1e-6)


@given(arrays(np.float32, st.integers(0, 40), elements=finite | st.sampled_from([0.0, -0.0, 1.0])))
def test_order_is_that_of_a_stable_sort(values):
    np.testing.assert_array_equal(order_of(values), np.argsort(values, kind="stable"))


@pytest.mark.parametrize("shape", [(64, 64), (101, 57)])
def test_order_of_an_image_with_many_ties(shape):
    values = np.random.default_rng(0).integers(0, 9, shape).astype(np.float32).ravel()
    np.testing.assert_array_equal(order_of(values), np.argsort(values, kind="stable"))


def test_one_value_beyond_all_others_overflows_nothing():
    plane = np.random.default_rng(0).normal(100, 10, (64, 64)).astype(np.float32)
    before = cues_of(plane)
    plane[20, 30] = 9e18
    after = cues_of(plane)
    assert after is not None
    assert np.isfinite(list(asdict(after).values())).all()
    assert after.convex == pytest.approx(before.convex, abs=0.2)
