"""Tests of sizes in micrometres."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_cellbench.data.units import LARGEST, SMALLEST, known_pixel_size


@given(st.floats() | st.integers() | st.text() | st.none() | st.lists(st.floats()))
def test_anything_is_a_sensible_size_or_unknown(value):
    size = known_pixel_size(value)
    assert size is None or SMALLEST <= size <= LARGEST
    if isinstance(value, int | float) and SMALLEST <= value <= LARGEST:
        assert size == value


@pytest.mark.parametrize("value", [0, -0.5, math.nan, math.inf, -math.inf, 1e-12, 1e12, 10**400])
def test_what_no_pixel_can_be_is_unknown(value):
    assert known_pixel_size(value) is None


def test_sizes_in_text_count():
    assert known_pixel_size("0.325") == 0.325
