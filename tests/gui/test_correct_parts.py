"""What the Correct panel draws and measures, without a window."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.measure import perimeter_crofton

from napari_cellbench.widgets.correct.icons import PICTURES
from napari_cellbench.widgets.correct.preview import outline_of, rectangle
from napari_cellbench.widgets.correct.tools import TOOLS, box_of_path


@given(arrays(np.bool_, (5, 6)), st.tuples(st.integers(0, 9), st.integers(0, 9)))
def test_outlines_are_the_edges_between_pixels(mask, offset):
    """Each side of a pixel that another one doesn't share is drawn once."""
    segments = outline_of(mask, offset).reshape(-1, 2, 2)
    padded = np.pad(mask, 1)
    sides = sum(
        np.count_nonzero(padded & ~np.roll(padded, shift, axis))
        for axis in (0, 1)
        for shift in (1, -1)
    )
    assert len(segments) == sides
    lengths = np.abs(np.diff(segments, axis=1)).sum((1, 2))
    assert (lengths == 1).all()
    for segment in segments:
        y, x = segment.min(0) - offset
        is_down = segment[0, 1] == segment[1, 1]
        beside = (y, x - 1) if is_down else (y - 1, x)
        at = [mask[int(r), int(c)] if 0 <= r < 5 and 0 <= c < 6 else False
              for r, c in ((y, x), beside)]  # fmt: skip
        assert at[0] != at[1]


def test_an_outline_is_as_long_as_a_disc_is_round():
    y, x = np.mgrid[:41, :41] - 20
    disc = y**2 + x**2 <= 15**2
    sides = len(outline_of(disc, (0, 0))) / 2
    # Along the axes a circle is 4 / pi times as long.
    assert np.isclose(sides * np.pi / 4, perimeter_crofton(disc, 4), rtol=0.1)


def test_rectangle_has_four_sides_that_meet():
    sides = rectangle((1, 2, 5, 9)).reshape(4, 2, 2)
    np.testing.assert_array_equal(sides[:, 1], np.roll(sides[:, 0], -1, 0))
    assert np.abs(np.diff(sides, axis=1)).sum() == 2 * (4 + 7)


@given(st.lists(st.tuples(st.floats(-20, 60), st.floats(-20, 60)), min_size=2, max_size=4))
def test_box_of_a_stroke_is_within_the_plane(path):
    top, left, bottom, right = box_of_path(path, (30, 40))
    assert top >= 0
    assert left >= 0
    assert bottom <= 30
    assert right <= 40


def test_each_tool_has_a_picture_and_a_key_of_its_own():
    assert {tool.key for tool in TOOLS} == set(PICTURES)
    assert len({tool.letter for tool in TOOLS}) == len(TOOLS) == len(set(PICTURES.values()))
