"""The paper's way, against scipy cell by cell."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import binary_dilation, binary_erosion, distance_transform_cdt

from napari_cellbench.errors import InputError
from napari_cellbench.morphology.iterations import dilate, erode

MANY = settings(max_examples=2 * settings.default.max_examples, deadline=None)
shapes = st.lists(st.integers(1, 9), min_size=1, max_size=3).map(tuple)


@MANY
@given(data=st.data(), shape=shapes, n=st.integers(0, 4))
def test_dilation(data, shape, n):
    labels = data.draw(arrays(np.uint8, shape, elements=st.integers(0, 4), fill=st.just(0)))
    ids = np.unique(labels[labels > 0])
    steps = {i: distance_transform_cdt(labels != i, "taxicab") for i in ids}
    expected = labels.copy()
    for pixel in zip(*np.nonzero(labels == 0), strict=True):
        reached = (
            [(steps[i][pixel], i) for i in ids if binary_dilation(labels == i, iterations=n)[pixel]]
            if n
            else []
        )
        expected[pixel] = min(reached)[1] if reached else 0
    np.testing.assert_array_equal(dilate(labels, n), expected)


@MANY
@given(data=st.data(), shape=shapes, n=st.integers(0, 4))
def test_erosion(data, shape, n):
    labels = data.draw(arrays(np.int64, shape, elements=st.integers(0, 2), fill=st.just(1)))
    expected = np.zeros_like(labels)
    for i in np.unique(labels[labels > 0]):
        inside = labels == i
        expected[binary_erosion(inside, iterations=n) if n else inside] = i
    np.testing.assert_array_equal(erode(labels, n), expected)


@pytest.mark.parametrize("change", [dilate, erode])
def test_negative(change):
    with pytest.raises(InputError, match="0 or more"):
        change(np.ones((2, 2), int), -1)
