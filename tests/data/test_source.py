"""Regions of planes of arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_cellbench.data.source import Plane, Source, whole
from napari_cellbench.errors import InputError


@st.composite
def regions(draw, shape):
    """Rows and columns that hold at least a pixel."""
    ends = [sorted(draw(st.sets(st.integers(0, side), min_size=2, max_size=2))) for side in shape]
    return tuple(slice(start, stop) for start, stop in ends)


@given(st.data())
def test_a_region_of_a_region(data):
    shape = data.draw(hnp.array_shapes(min_dims=3, max_dims=3, max_side=9))
    image = np.arange(np.prod(shape)).reshape(shape).astype(np.uint16)
    outer = data.draw(regions(shape[1:]))
    source = Source(tuple(Plane(channel) for channel in image), outer)
    inner = data.draw(regions(source.shape))
    np.testing.assert_array_equal(source.read(inner), image[:, *outer][:, *inner])


@given(hnp.integer_dtypes() | hnp.unsigned_integer_dtypes() | hnp.floating_dtypes())
def test_numbers_keep_their_values(dtype):
    values = np.array([[[0, 1, 100], [7, 127, 3]]], dtype)
    read = Source.of(values).read(whole((2, 3)))
    assert read.dtype.isnative
    np.testing.assert_array_equal(read, values)


@pytest.mark.parametrize(
    ("dtypes", "common"),
    [
        (("bool",), "uint8"),
        (("uint8", "int8"), "int16"),
        (("uint8", "uint16"), "uint16"),
        (("uint16", "float16"), "float32"),
        (("float32", "float64"), "float64"),
        (("int32", "uint32"), "float64"),
        (("uint64",), "float64"),
    ],
)
def test_channels_of_different_types(dtypes, common):
    planes = tuple(Plane(np.ones((2, 3), dtype)) for dtype in dtypes)
    source = Source(planes)
    assert source.dtype == source.read(whole((2, 3))).dtype == common


def test_not_finite():
    image = np.array([[[np.nan, 1, np.inf], [2, -np.inf, 5]]])
    expected = [[[1, 1, 5], [2, 1, 5]]]
    np.testing.assert_array_equal(Source.of(image).read(whole((2, 3))), expected)
    assert np.isnan(image[0, 0, 0]), "the user's image was changed"


def test_nothing_finite():
    read = Source.of(np.full((1, 2, 2), np.nan)).read(whole((2, 2)))
    np.testing.assert_array_equal(read, 0)


def test_channels_differ_in_size():
    with pytest.raises(InputError, match="2 x 3 and 2 x 4 pixels"):
        Source((Plane(np.zeros((2, 3))), Plane(np.zeros((2, 4)))))


def test_a_stack_is_no_plane():
    with pytest.raises(InputError, match=r"not an array of shape \(3, 4, 5\)"):
        Plane(np.zeros((3, 4, 5)))
