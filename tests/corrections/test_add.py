"""Adding and replacing cells."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from napari_cellbench.corrections.drawing import outline_mask
from napari_cellbench.corrections.pieces import pieces_of
from napari_cellbench.corrections.tools import (
    add_mask,
    add_masks,
    add_outline,
    overlapped,
    replace_mask,
    replace_outline,
)
from napari_cellbench.errors import InputError

from .scenes import check, outlines, scenes


def drawn(vertices, shape):
    out = np.zeros(shape, bool)
    mask, (top, left, bottom, right) = outline_mask(vertices, shape)
    out[top:bottom, left:right] = mask
    return out


@given(scenes(), outlines)
def test_adding_takes_what_is_free(labels, vertices):
    try:
        edit = add_outline(labels, vertices)
    except InputError:
        try:
            mask = drawn(vertices, labels.shape)
        except InputError:
            return
        assert (labels[mask] > 0).all()
        return
    mask, after = drawn(vertices, labels.shape), check(labels, edit)
    (new,) = edit.made
    assert edit.changed_ids == (new,)
    np.testing.assert_array_equal(after[labels > 0], labels[labels > 0])
    own = after == new
    assert not (own & ~mask).any()
    if not (labels[mask] > 0).any():
        np.testing.assert_array_equal(own, mask)
    else:
        assert own.sum() == pieces_of(mask & (labels == 0))[1].max()


@given(scenes(), outlines)
def test_adding_over_others(labels, vertices):
    try:
        mask = drawn(vertices, labels.shape)
    except InputError:
        assume(False)
    edit = add_outline(labels, vertices, overwrite=True)
    after = check(labels, edit)
    np.testing.assert_array_equal(after == edit.made[0], mask)
    np.testing.assert_array_equal(after[~mask], labels[~mask])


@given(scenes(), outlines, st.booleans())
def test_replacing(labels, vertices, overwrite):
    ids = np.unique(labels[labels > 0])
    assume(len(ids))
    cell = int(ids[0])
    try:
        edit = replace_outline(labels, cell, vertices, overwrite=overwrite)
    except InputError:
        return
    mask, after = drawn(vertices, labels.shape), check(labels, edit)
    assert cell not in edit.gone
    assert not ((after == cell) & ~mask).any()
    others = (labels > 0) & (labels != cell)
    if overwrite:
        np.testing.assert_array_equal(after == cell, mask)
        others &= ~mask
    np.testing.assert_array_equal(after[others], labels[others])


def test_what_others_cut_into_pieces():
    """A cell drawn across a narrow one gets the larger side."""
    labels = np.zeros((6, 12), np.int32)
    labels[:, 4] = 1
    after = check(labels, add_outline(labels, [(1, 1), (1, 11), (5, 11), (5, 1)]))
    assert np.argwhere(after == 2).min(axis=0).tolist() == [1, 5]


def test_a_mask_keeps_its_pieces():
    labels, mask = np.zeros((4, 8), np.int32), np.zeros((4, 8), bool)
    mask[1, 1], mask[1, 5] = True, True
    assert add_mask(labels, mask).size_changes == {1: 2}


def test_a_crop_that_reaches_out_of_the_image(labels):
    for corner, n in (((-3, -2), 2 * 3), ((62, 77), 2 * 3), ((0, 0), 25)):
        (size,) = add_mask(labels[:64, :80] * 0, np.ones((5, 5)), corner).size_changes.values()
        assert size == n
    for corner in ((-5, 0), (64, 0), (0, -5), (0, 80)):
        with pytest.raises(InputError, match="No pixel"):
            add_mask(labels, np.ones((5, 5)), corner)


def test_a_mask_is_what_an_outline_is(labels):
    outline = [(30, 50), (30, 60), (40, 60), (40, 50)]
    by_mask = check(labels, add_mask(labels, np.ones((10, 10), bool), (30, 50)))
    np.testing.assert_array_equal(check(labels, add_outline(labels, outline)), by_mask)
    replaced = check(labels, replace_mask(labels, 7, np.ones((10, 10), bool), (30, 50)))
    np.testing.assert_array_equal(check(labels, replace_outline(labels, 7, outline)), replaced)


def test_several_masks_are_one_step_and_leave_others_alone(labels):
    square = np.ones((9, 9), bool)
    masks = [(square, (30, 50)), (square, (34, 54)), (square, (15, 15)), (square, (40, 26))]
    edit, ids = add_masks(labels, masks, above=40)
    after = check(labels, edit)
    assert ids == [41, 42, 0, 43], "the third lies in a cell that is there"
    assert edit.made == (41, 42, 43)
    np.testing.assert_array_equal(after[labels > 0], labels[labels > 0])
    assert (after == 41).sum() == 81
    assert (after == 42).sum() == 81 - 25, "what the first has is the first's"
    with pytest.raises(InputError, match="no room"):
        add_masks(labels, [(square, (16, 16)), (square, (900, 0))])


def test_overlaps_with_neighbours(labels):
    found = overlapped(labels, np.ones((20, 30), bool), (15, 20))
    part = labels[15:35, 20:50]
    assert found == {cell: int((part == cell).sum()) for cell in (1, 2)}
    assert overlapped(labels, labels == 0) == {}


def test_nothing_to_do(labels):
    inside = [(18, 18), (18, 22), (22, 22), (22, 18)]
    with pytest.raises(InputError, match="belongs to other cells"):
        add_outline(labels, inside)
    with pytest.raises(InputError, match="no cell 4"):
        replace_outline(labels, 4, inside)
    with pytest.raises(InputError, match="belongs to other cells"):
        replace_outline(labels, 7, inside)
    with pytest.raises(InputError, match="outline already"):
        replace_mask(labels, 7, labels == 7)
    with pytest.raises(InputError, match="No pixel"):
        add_mask(labels, np.zeros((3, 3), bool))
    with pytest.raises(InputError, match="mask is"):
        add_mask(labels, np.zeros(3, bool))


def test_a_full_layer():
    labels = np.arange(260).clip(0, 255).astype(np.uint8).reshape(10, 26)
    labels[-1] = 0
    labels[0, 0] = 0
    left = set(range(256)) - set(labels.ravel().tolist())
    edit = add_outline(labels, [(9, 0), (9, 3), (10, 3), (10, 0)])
    assert edit.made == (min(left),)
    full = np.tile(np.arange(256, dtype=np.uint8), (2, 1))
    with pytest.raises(InputError, match="at most 255 cells"):
        add_outline(full, [(0, 0), (0, 1), (2, 1), (2, 0)])
