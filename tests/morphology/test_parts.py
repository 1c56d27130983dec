"""Cells that fall apart or vanish when they shrink."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.measure import label

from napari_cellbench.morphology import GrowthField

DUMBBELL = np.zeros((9, 17), np.uint8)
DUMBBELL[1:8, 1:8] = 4  # the larger half
DUMBBELL[2:7, 10:15] = 4
DUMBBELL[4, 8:10] = 4
DUMBBELL[0, 16] = 9  # one pixel


def test_all_parts():
    shrunk = GrowthField(DUMBBELL, 2).at(-1)
    assert label(shrunk).max() == 2
    assert set(np.unique(shrunk)) == {0, 4}


def test_largest_part():
    shrunk = GrowthField(DUMBBELL, 2).at(-1, "largest")
    expected = np.zeros_like(DUMBBELL)
    expected[2:7, 2:7] = 4
    expected[4, 7] = 4  # its only neighbours outside are diagonal
    np.testing.assert_array_equal(shrunk, expected)


def test_smaller_parts_get_new_labels():
    shrunk = GrowthField(DUMBBELL, 2).at(-1, "relabel")
    assert shrunk[4, 4] == 4
    assert shrunk[4, 12] == 5
    assert set(np.unique(shrunk)) == {0, 4, 5}


def test_new_labels_beyond_the_type():
    labels = np.where(DUMBBELL == 4, 255, 0).astype(np.uint8)
    shrunk = GrowthField(labels, 2).at(-1, "relabel")
    assert set(np.unique(shrunk)) == {0, 255, 256}


def test_seeds_stay():
    """The part around the innermost pixel stays, and a cell that would vanish leaves it behind."""
    field = GrowthField(DUMBBELL, 8)
    one = field.at(-1, "seed")
    assert label(one).max() == 2
    assert one[4, 4] == 4
    assert one[0, 16] == 9
    last = field.at(-8, "seed")
    assert (last > 0).sum() == 2
    assert (last[4, 4], last[0, 16]) == (4, 9)


@settings(max_examples=settings.default.max_examples, deadline=None)
@given(
    labels=arrays(np.int32, (8, 9), elements=st.integers(0, 3), fill=st.just(1)),
    distance=st.sampled_from([-1, -1.5, -2, -3]),
)
def test_lost_cells_are_counted(labels, distance):
    field = GrowthField(labels, 3)
    kept = [
        set(np.unique(field.at(distance, parts)[labels > 0])) - {0} for parts in ("all", "seed")
    ]
    before = set(np.unique(labels)) - {0}
    assert field.lost(distance) == len(before - kept[0])
    assert kept[1] == before
    assert field.lost(3) == 0
