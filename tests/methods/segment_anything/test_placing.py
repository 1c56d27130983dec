"""Which points are left out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.draw import disk

from napari_cellbench.methods.segment_anything.placing import (
    KNOWN,
    Places,
    coarse_first,
    flat_ground,
    weighted_median,
)
from napari_cellbench.methods.segment_anything.prompting import Candidate


def photograph():
    """A disc on ground with noise."""
    grey = np.random.default_rng(0).normal(20, 2, (100, 120))
    grey[disk((50, 30), 12)] = 150
    return np.repeat(grey.astype(np.uint8)[..., None], 3, -1)


def square(y, x, side, sure=0.95):
    mask = np.ones((side, side), bool)
    return Candidate(mask, (y, x), sure, sure, np.zeros((256, 256), np.float32))


@given(st.integers(1, 12), st.integers(1, 12))
def test_each_point_once_and_spread_out_first(rows, columns):
    order = coarse_first(rows, columns)
    assert sorted(order.tolist()) == list(range(rows * columns))


def test_coarse_grid_comes_first():
    first = coarse_first(8, 8)[:4]
    assert sorted(map(tuple, np.stack(np.unravel_index(first, (8, 8)), 1).tolist())) == [
        (2, 2),
        (2, 6),
        (6, 2),
        (6, 6),
    ]


def test_only_flat_ground_is_flat():
    flat = flat_ground(photograph(), 8)
    assert not flat[disk((50, 30), 12)].any()
    assert flat[:, 60:].all()


def test_no_point_on_flat_ground():
    places = Places(photograph(), 8, (30, 1000))
    assert places.wanted(np.array([30.0, 50]))
    assert not places.wanted(np.array([90.0, 50]))


@pytest.mark.parametrize(
    ("mask", "left"),
    [
        (square(40, 22, 12), False),
        (square(40, 22, 20), True),
        (square(40, 22, 12, sure=0.85), True),
    ],
    ids=["cell", "clump", "unsure"],
)
def test_no_second_point_in_a_sure_cell(mask, left):
    places = Places(photograph(), 8, (30, 1000))
    point = np.array([28.0, 46])
    places.found([mask])
    assert places.wanted(point)
    places.found([square(0, 0, 12)] * KNOWN)
    assert places.wanted(point) == left


@given(st.lists(st.integers(1, 100), min_size=1))
def test_median_with_equal_weights(values):
    found = weighted_median(np.array(values, float), np.ones(len(values)))
    assert found == sorted(values)[(len(values) - 1) // 2]
