"""Outlines and lines in pixels."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.ndimage import label
from skimage.measure import points_in_poly

from napari_cellbench.corrections.drawing import cells_on_line, line_pixels, outline_mask
from napari_cellbench.errors import InputError

from .scenes import lines, points

SHAPE = (20, 18)


def filled(vertices, shape=SHAPE):
    out = np.zeros(shape, bool)
    mask, (top, left, bottom, right) = outline_mask(vertices, shape)
    out[top:bottom, left:right] = mask
    return out


@given(st.tuples(points, points, points))
def test_a_triangle_holds_the_pixels_whose_centres_are_inside(triangle):
    corners = np.array(triangle) + np.pi / 100  # no centre is on a side
    grid = np.argwhere(np.ones(SHAPE, bool))
    inside = points_in_poly(grid, corners).reshape(SHAPE)
    sure = np.ones(SHAPE, bool)
    for a, b in zip(corners, np.roll(corners, 1, axis=0), strict=True):
        length = np.hypot(*(b - a))
        assume(length > 1e-3)
        (y, x), (rows, columns) = b - a, (grid - a).T
        cross = np.abs(y * columns - x * rows)
        sure &= (cross / length > 1e-6).reshape(SHAPE)
    assume(inside[sure].any())
    np.testing.assert_array_equal(filled(corners)[sure], inside[sure])


def test_squares_side_by_side_share_no_pixel():
    left = filled([(2, 2), (2, 6), (9, 6), (9, 2)])
    right = filled([(2, 6), (2, 11), (9, 11), (9, 6)])
    assert not (left & right).any()
    np.testing.assert_array_equal(left | right, filled([(2, 2), (2, 11), (9, 11), (9, 2)]))


@pytest.mark.parametrize("tiny", [5e-324, 2.2e-308])
def test_coordinates_that_are_almost_0(tiny):
    mask, _ = outline_mask([(0, 0), (0, 0), (tiny, 4), (3, 4), (3, 0)], SHAPE)
    assert mask.sum() == 8
    assert outline_mask([(0, 0), (1e308, 1e308), (1e308, -1e308)], SHAPE)[0].any()


def test_a_loop_at_the_end_makes_no_hole():
    """Where a hand overshoots, both turns count as inside."""
    drawn = [(2, 2), (2, 12), (12, 12), (12, 2), (2, 2), (2, 8), (8, 8), (8, 2)]
    np.testing.assert_array_equal(filled(drawn), filled(drawn[:4]))


def test_outside_of_the_image_is_left_out():
    assert filled([(-50, -50), (-50, 60), (60, 60), (60, -50)]).all()
    with pytest.raises(InputError, match="No pixel"):
        filled([(30, 30), (30, 40), (40, 40)])


@pytest.mark.parametrize(
    ("vertices", "message"),
    [
        ([(1, 1), (2, 2)], "3 points"),
        ([(1, 1, 1)] * 4, "3 points"),
        ([], "3 points"),
        ([(1, 1), (5, np.nan), (9, 9)], "no numbers"),
        ([(1.1, 1.1), (1.2, 1.2), (1.3, 1.1)], "No pixel"),
        ([(5, 1), (5, 9), (5, 4)], "No pixel"),
    ],
)
def test_no_outline(vertices, message):
    with pytest.raises(InputError, match=message):
        outline_mask(vertices, SHAPE)


@given(lines)
def test_a_line_has_no_gap(line):
    try:
        passed = line_pixels(line, SHAPE)
    except InputError:
        assume(False)
    drawn = np.zeros(SHAPE, bool)
    drawn[tuple(passed.T)] = True
    if all(0 <= r <= SHAPE[0] - 1 and 0 <= c <= SHAPE[1] - 1 for r, c in line):
        assert label(drawn)[1] == 1
        assert (np.abs(np.diff(passed, axis=0)).sum(axis=1) == 1).all()
        assert passed[0].tolist() == np.floor(np.array(line[0]) + 0.5).tolist()


def test_a_line_from_far_away():
    passed = line_pixels([(5, -1e12), (5, 1e12)], SHAPE)
    assert passed.tolist() == [[5, column] for column in range(SHAPE[1])]
    with pytest.raises(InputError, match="outside"):
        line_pixels([(-5, -5), (-9, 40)], SHAPE)
    with pytest.raises(InputError, match="2 points"):
        line_pixels([(1, 1)], SHAPE)


def test_cells_in_the_order_of_drawing(labels):
    assert cells_on_line(labels, [(20, 60), (20, 2)]) == [2, 1]
