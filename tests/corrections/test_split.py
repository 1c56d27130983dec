"""Splitting along a line and by watershed."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from skimage.draw import disk

from napari_cellbench.corrections.pieces import pieces_of
from napari_cellbench.corrections.tools import split_line, split_seeds
from napari_cellbench.errors import InputError

from .scenes import check, lines, scenes


def same_but_for_new_ids(labels, edit):
    """No pixel is lost, and each new cell is a part of one."""
    after = check(labels, edit)
    np.testing.assert_array_equal(after > 0, labels > 0)
    assert not edit.gone
    for cell in edit.made:
        assert len(np.unique(labels[after == cell])) == 1
    old = ~np.isin(after, edit.made)
    np.testing.assert_array_equal(after[old], labels[old])
    return after


@given(scenes(), lines)
def test_lines(labels, line):
    try:
        edit = split_line(labels, line)
    except InputError:
        return
    after = same_but_for_new_ids(labels, edit)
    for cell in edit.made:
        assert len(pieces_of(after == cell)[1]) == 1
        # The largest part keeps the id.
        (of,) = np.unique(labels[after == cell])
        assert (after == cell).sum() <= (after == of).sum()


@given(scenes(), st.data())
def test_seeds(labels, data):
    ids, counts = np.unique(labels[labels > 0], return_counts=True)
    assume((counts > 1).any())
    cell = int(ids[counts > 1][0])
    pixels = [tuple(pixel) for pixel in np.argwhere(labels == cell).tolist()]
    seeds = data.draw(st.lists(st.sampled_from(pixels), min_size=2, max_size=4, unique=True))
    image = data.draw(st.sampled_from([None, labels * 1.0, np.full(labels.shape, np.nan)]))
    edit = split_seeds(labels, seeds, image=image)
    after = same_but_for_new_ids(labels, edit)
    assert len(edit.made) == len(seeds) - 1
    assert len({int(after[seed]) for seed in seeds}) == len(seeds)


def test_across_two_cells(labels):
    edit = split_line(labels, [(20, 2), (20, 60)])
    assert edit.what == "Split 2 cells"
    after = check(labels, edit)
    for cell in edit.made:
        assert (after == cell).sum() > 100


def test_a_cut_has_no_teeth():
    labels = np.full((30, 30), 3, np.int32)
    after = check(labels, split_line(labels, [(-1, 15), (30, 15)]))
    assert (after == after[0]).all()
    assert set(after[0, :15].tolist()) != set(after[0, 16:].tolist())


def test_a_line_that_only_enters_splits_nothing(labels):
    with pytest.raises(InputError, match="from side to side"):
        split_line(labels, [(20, 2), (20, 22)])
    with pytest.raises(InputError, match="touches no cell"):
        split_line(labels, [(1, 1), (1, 9)])


def test_slivers_are_no_cells(labels):
    """A line that shaves an outline off by a pixel or two."""
    with pytest.raises(InputError, match="from side to side"):
        split_line(labels, [(11.6, 10), (11.6, 30)])


def test_pieces_that_are_not_crossed_stay():
    labels = np.zeros((10, 30), np.int32)
    labels[2:8, 2:12], labels[2:8, 20:28] = 4, 4
    edit = split_line(labels, [(0, 6), (10, 6)])
    after = same_but_for_new_ids(labels, edit)
    assert after[4, 24] == 4


def test_a_freehand_line_that_turns():
    labels = np.full((20, 20), 9, np.uint8)
    edit = split_line(labels, [(-1, 10), (10, 10), (10, 21)])
    after = same_but_for_new_ids(labels, edit)
    assert after[3, 16] == edit.made[0]
    assert after[15, 3] == 9


def test_two_round_cells_part_where_they_meet():
    labels = np.zeros((40, 60), np.int32)
    labels[disk((20, 20), 12)] = 3
    labels[disk((20, 40), 12)] = 3
    edit = split_seeds(labels, [(20, 18), (18, 42)])
    after = same_but_for_new_ids(labels, edit)
    columns = np.flatnonzero((after == 3).any(axis=0)), np.flatnonzero((after == 4).any(axis=0))
    assert {int(columns[0].max()), int(columns[1].min())} <= {29, 30, 31}


def test_the_image_decides_where_the_shape_does_not():
    """A bar with a dark line at a third."""
    labels = np.zeros((14, 64), np.int32)
    labels[2:12, 2:62] = 1
    image = np.ones(labels.shape)
    image[:, 20:23] = 0
    after = check(labels, split_seeds(labels, [(7, 10), (7, 50)], image=image))
    ends = np.flatnonzero(after[7, 2:62] != after[7, 2]) + 2
    assert 19 <= ends[0] <= 23


@pytest.mark.parametrize(
    ("seeds", "message"),
    [
        ([(20, 20)], "two points"),
        ([(20, 20), (20, 38)], "not all in one cell"),
        ([(20, 20), (1, 1)], "not all in one cell"),
        ([(1, 1), (2, 2)], "not all in one cell"),
        ([(20, 20), (20.2, 20.2)], "same pixel"),
        ([(20, 20), (20, 1000)], "in the image"),
        ([(20, 20), (20, np.nan)], "in the image"),
    ],
)
def test_seeds_that_do_not_split(labels, seeds, message):
    with pytest.raises(InputError, match=message):
        split_seeds(labels, seeds)


def test_an_image_of_another_size(labels):
    with pytest.raises(InputError, match="image is"):
        split_seeds(labels, [(20, 20), (22, 20)], image=np.zeros((3, 3)))


def test_a_full_layer_stays_as_it_is():
    labels = np.tile(np.arange(256, dtype=np.uint8), (9, 1)).repeat(2, axis=1)
    with pytest.raises(InputError, match="at most 255"):
        split_line(labels, [(4, 0), (4, 511)])
