"""Tests of which axes are rows, columns and channels."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_cellbench.data.axes import MOST_CHANNELS, layout_of, renamed
from napari_cellbench.errors import InputError


@given(
    lengths=st.tuples(st.integers(1, 7), st.integers(20, 30), st.integers(20, 30)),
    order=st.permutations("CYX"),
    singles=st.lists(st.sampled_from("ZTQI"), max_size=2, unique=True),
    at=st.integers(0, 3),
)
def test_named_channels_lie_anywhere(lengths, order, singles, at):
    image = np.arange(np.prod(lengths)).reshape(lengths)
    stored = image.transpose(["CYX".index(axis) for axis in order])
    axes = list(order)
    for single in singles:
        place = min(at, len(axes))
        axes.insert(place, single)
        stored = np.expand_dims(stored, place)
    layout = layout_of(stored.shape, "".join(axes), "a.tif")
    np.testing.assert_array_equal(layout.apply(stored), image)
    assert layout.shape_of(stored.shape) == image.shape
    assert not layout.notes


@given(channels=st.integers(2, MOST_CHANNELS), sides=st.tuples(*[st.integers(20, 40)] * 2))
def test_an_unnamed_short_axis_is_channels_with_a_note(channels, sides):
    image = np.arange(channels * np.prod(sides)).reshape(channels, *sides)
    for stored, which in ((image, "first"), (np.moveaxis(image, 0, -1), "last")):
        layout = layout_of(stored.shape, "QYX", "a.tif")
        np.testing.assert_array_equal(layout.apply(stored), image)
        assert f"{which} axis, of {channels}, was taken for channels" in layout.notes[0]


@pytest.mark.parametrize("axes", ["IYX", "QYX", "CYX", "ZYX"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_no_plane_is_four_pixels_wide_whatever_it_is_called(axes, channels):
    image = np.arange(128 * 100 * channels).reshape(128, 100, channels)
    layout = layout_of(image.shape, axes, "a.tif")
    np.testing.assert_array_equal(layout.apply(image), np.moveaxis(image, -1, 0))


def test_small_images_keep_the_order_that_writers_have():
    for shape in ((7, 4, 5), (2, 9, 8), (3, 3, 3), (4, 4, 4), (2, 2, 2)):
        assert layout_of(shape, "QYX", "a.tif").channel == 0


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((2, 64, 64), "ZYX"),
        ((2, 64, 64), "TYX"),
        ((17, 64, 64), "QYX"),
        ((2, 3, 64, 64), "TCYX"),
        ((2, 64, 64, 3), "CYXS"),
    ],
)
def test_planes_are_refused_with_what_to_do(shape, axes):
    with pytest.raises(InputError, match=r"one 2-D image is needed.*--axes C"):
        layout_of(shape, axes, "a.tif")


def test_a_user_who_knows_better_names_the_axes():
    assert renamed("ZYX", "cyx", "a.tif") == "CYX"
    assert layout_of((2, 64, 64), "CYX", "a.tif").channel == 0
    for given_axes in ("CY", "C-X", ""):
        with pytest.raises(InputError, match="give as many letters"):
            renamed("ZYX", given_axes, "a.tif")
    for axes in ("CCX", "".join(next(itertools.permutations("ZTC")))):
        with pytest.raises(InputError, match="Y and X"):
            layout_of((2, 64, 64), axes, "a.tif")
