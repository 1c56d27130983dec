"""What the Correct panel draws and measures, without a window."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.measure import perimeter_crofton

from napari_cellbench.corrections.carry import Drift, Proposal
from napari_cellbench.engine.client.prompting import Looked, Offer
from napari_cellbench.prompting.views import View
from napari_cellbench.widgets.correct.carry_box import words
from napari_cellbench.widgets.correct.count_run import cell_of
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


def offer_of(mask) -> Offer:
    return Offer(mask, (10, 20), 1.0, 1.0, "", Looked("", View(0, 0, 100, 100)))


def test_a_counted_cell_is_the_likeliest_that_holds_its_point_alone():
    both, own, wide = (offer_of(np.zeros((20, 20), bool)) for _ in range(3))
    both.mask[2:18, 2:18] = own.mask[2:18, 2:9] = wide.mask[:, 1:19] = True
    point, other = (15.0, 25.0), (15.4, 34.6)

    def ask(prompt):
        return (both, wide) if prompt.positive.all() else (wide, own)

    assert cell_of(ask, point, []) is both
    assert cell_of(ask, point, [other]) is own, "asked again with the other point beside it"
    assert cell_of(lambda _: (both, wide), point, [other]) is None
    assert cell_of(ask, (2.0, 2.0), [other]) is None, "none of them holds it"


def test_specks_and_the_background_are_no_cells():
    for size in (2, 90):
        offer = Offer(np.ones((size, size), bool), (0, 0), 1.0, 1.0, "", offer_of(None).looked)
        assert cell_of(lambda _, offer=offer: (offer,), (1.0, 1.0), []) is None


def test_proposals_in_words():
    """The least IoU and the longest way of those that go on; why each of the others has ended."""
    drifts = (
        Drift(3, 0.9, 1.0, 100, 1.0),
        Drift(7, 0.8, 4.5, 90, 0.9),
        Drift(9, 0.0, float("nan"), 0, 0.0, "Nothing was found."),
    )
    text = words(Proposal(5, None, drifts))
    assert text == ("Plane 5 · 2 cells, IoU 0.80, moved 4.5 px; cell 9 ended: nothing was found")
    assert words(Proposal(5, None, drifts[2:])) == "Plane 5 · cell 9 ended: nothing was found"
