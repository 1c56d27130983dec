"""Holes, outlines, pieces and size of one cell."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.ndimage import binary_fill_holes

from napari_cellbench.corrections.pieces import largest_piece, pieces_of
from napari_cellbench.corrections.tools import fill_holes, grow, keep_largest, smooth
from napari_cellbench.errors import InputError
from napari_cellbench.morphology import GrowthField, shape_features

from .scenes import check, scenes, unless


def first_cell(labels):
    ids = np.unique(labels[labels > 0])
    assume(len(ids))
    return int(ids[0])


def only(labels, edit, cell):
    """Nothing but the cell and background changed."""
    assert edit.changed_ids == (cell,)
    assert not edit.made
    assert not edit.gone
    return check(labels, edit) == cell


@given(scenes())
def test_holes(labels):
    cell = first_cell(labels)
    full = binary_fill_holes(labels == cell)
    holes = full & (labels == 0)
    if not holes.any():
        with pytest.raises(InputError, match="no hole"):
            fill_holes(labels, cell)
        return
    own = only(labels, fill_holes(labels, cell), cell)
    np.testing.assert_array_equal(own, holes | (labels == cell))


def test_holes_of_several(labels):
    labels[20, 20], labels[20, 40] = 0, 7
    labels[19, 38] = 0
    edit = fill_holes(labels, [1, 2])
    assert edit.size_changes == {1: 1, 2: 1}  # the cell in the hole stays
    with pytest.raises(InputError, match="None of these"):
        fill_holes(check(labels, edit), [1, 2])


@given(scenes(), st.sampled_from([0.5, 1.0, 2.0]))
def test_smoothing_keeps_the_area(labels, radius):
    cell = first_cell(labels)
    before = labels == cell
    edit = unless("already", smooth, labels, cell, radius)
    if edit is None:
        return
    own = only(labels, edit, cell)
    if len(pieces_of(before)[1]) > 1 or own.sum() == before.sum():
        assert own.sum() == before.sum()
    else:
        assert len(pieces_of(own)[1]) == 1  # a neck gave way


def test_smoothing_smooths(labels):
    rng = np.random.default_rng(0)
    rough = labels.copy()
    edge = (labels == 2) & ~(GrowthField(labels, 2).at(-2) == 2)
    rough[edge & (rng.random(labels.shape) < 0.4)] = 0
    rough[largest_piece(rough == 2) ^ (rough == 2)] = 0
    own = check(rough, smooth(rough, 2))
    convexity = [shape_features(image)["convexity"][1] for image in (rough, own)]
    assert convexity[1] > convexity[0] + 0.05
    np.testing.assert_array_equal(own == 1, rough == 1)


@given(scenes())
def test_the_largest_piece(labels):
    cell = first_cell(labels)
    own = labels == cell
    if len(pieces_of(own)[1]) == 1:
        with pytest.raises(InputError, match="in one piece"):
            keep_largest(labels, cell)
        return
    np.testing.assert_array_equal(
        only(labels, keep_largest(labels, cell), cell), largest_piece(own)
    )


@given(scenes(), st.sampled_from([0.5, 1.0, 2.0, 3.5]))
def test_growing_is_what_adjust_does(labels, distance):
    cell = first_cell(labels)
    grown = GrowthField(labels, distance).at(distance) == cell
    if (grown == (labels == cell)).all():
        with pytest.raises(InputError, match="no room"):
            grow(labels, cell, distance)
        return
    np.testing.assert_array_equal(only(labels, grow(labels, cell, distance), cell), grown)


@given(scenes(), st.sampled_from([0.5, 1.0, 2.0]))
def test_shrinking_is_what_adjust_does(labels, distance):
    cell = first_cell(labels)
    shrunk = GrowthField(labels, distance).at(-distance) == cell
    if not shrunk.any():
        with pytest.raises(InputError, match=r"would vanish|fills the image"):
            grow(labels, cell, -distance)
        return
    edit = unless("no outline", grow, labels, cell, -distance)
    if edit is None:
        return
    np.testing.assert_array_equal(only(labels, edit, cell), largest_piece(shrunk))


def test_nothing_to_do(labels):
    for tool in (fill_holes, smooth, keep_largest, lambda plane, cell: grow(plane, cell, 1)):
        with pytest.raises(InputError, match="no cell 4"):
            tool(labels, 4)
    for distance in (0, np.nan, 1e9):
        with pytest.raises(InputError, match="grows by"):
            grow(labels, 1, distance)
    for radius in (0, -1, np.nan, np.inf):
        with pytest.raises(InputError, match="radius"):
            smooth(labels, 1, radius)
    with pytest.raises(InputError, match="Choose"):
        fill_holes(labels, [])
    with pytest.raises(InputError, match="already"):
        smooth(np.ones((9, 9), int), 1)
