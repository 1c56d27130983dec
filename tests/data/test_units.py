"""Tests of sizes in micrometres."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_cellbench.data.units import LARGEST, SMALLEST, PixelSize, known_pixel_size

true_sizes = st.floats(SMALLEST, LARGEST)


@given(st.floats() | st.integers() | st.text() | st.none() | st.lists(st.floats()))
def test_anything_is_a_sensible_size_or_unknown(value):
    size = known_pixel_size(value)
    assert size is None or all(SMALLEST <= side <= LARGEST for side in size)
    if isinstance(value, int | float) and SMALLEST <= value <= LARGEST:
        assert size == (value, value)


@pytest.mark.parametrize("value", [0, -0.5, math.nan, math.inf, -math.inf, 1e-12, 1e12, 10**400])
def test_what_no_pixel_can_be_is_unknown(value):
    assert known_pixel_size(value) is None


def test_a_person_reads_the_width_first_as_of_images():
    assert PixelSize(0.5, 0.25).text == "0.25 × 0.5 µm"
    assert PixelSize(0.65, 0.65).text == "0.65 µm"


def test_sizes_in_text_count():
    assert known_pixel_size("0.325") == (0.325, 0.325)


@given(y=st.floats(), x=st.floats())
def test_both_sides_have_to_be_known(y, x):
    fits = all(SMALLEST <= side <= LARGEST for side in (y, x))
    assert known_pixel_size((y, x)) == ((y, x) if fits else None)


@given(y=true_sizes, x=true_sizes)
def test_records_hold_json_that_gives_the_size_back(y, x):
    found = known_pixel_size(json.loads(json.dumps(PixelSize(y, x).plain())))
    assert found == pytest.approx((y, x), rel=1.01e-4)
