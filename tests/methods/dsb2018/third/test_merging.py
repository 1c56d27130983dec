import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_cellbench.methods.dsb2018.third.merging import (
    by_score,
    by_size,
    drawn,
    merged,
    piece_of,
    voted,
)
from napari_cellbench.methods.dsb2018.third.views import FIFTEEN, View


def square(row, column, side, score=0.9, size=40):
    mask = np.zeros((size, size), bool)
    mask[row : row + side, column : column + side] = True
    return piece_of(mask, score)


def picture(pieces, size=40):
    found = np.zeros((size, size), int)
    for piece in pieces:
        found[piece.place] += piece.votes
    return found


def test_pieces_keep_their_place():
    piece = square(3, 5, 7)
    assert piece.box == (3, 5, 10, 12)
    assert picture([piece]).sum() == 49
    assert piece_of(np.zeros((5, 5), bool), 1) is None


def test_votes_of_one_nucleus_are_added_and_others_appended():
    first, second = [square(5, 5, 10, 0.6)], [square(6, 5, 10, 0.8), square(25, 25, 8)]
    found = merged([first, second, first])
    assert len(found) == 2
    assert found[0].score == 0.8
    np.testing.assert_array_equal(picture(found), 2 * picture(first) + picture(second))
    inner = voted(found, 2)
    assert [piece.box for piece in inner] == [(6, 5, 15, 15)]
    assert not voted(found, 3)


def test_pieces_of_one_view_are_never_joined():
    twice = [square(5, 5, 10), square(5, 5, 10)]
    assert len(merged([twice])) == 2


@pytest.mark.parametrize(("order", "winner"), [(by_score, 2), (by_size, 1)])
def test_who_comes_first_keeps_what_both_want(order, winner):
    large, small = square(5, 5, 14, 0.6), square(15, 15, 10, 0.9)
    labels, scores = drawn(order([large, small]), (40, 40), 0, 0)
    assert len(scores) == 2
    areas = {0.6: 14**2, 0.9: 10**2}
    first = 0.9 if winner == 2 else 0.6
    assert scores[0] == pytest.approx(first)
    assert (labels == 1).sum() == areas[first]
    assert (labels == 2).sum() == sum(areas.values()) - areas[first] - 16


def test_what_loses_most_of_itself_goes():
    labels, scores = drawn([square(5, 5, 10), square(5, 7, 10)], (40, 40), 0, 0)
    assert len(scores) == 1
    assert (labels > 0).sum() == 100
    # Seven of ten columns lost is not more than 70 %.
    assert len(drawn([square(5, 5, 10), square(5, 8, 10)], (40, 40), 0, 0)[1]) == 2


def test_cells_grow_in_a_cross_and_not_beyond_the_image():
    labels, _ = drawn([square(0, 5, 4)], (40, 40), 1, 0)
    assert (labels > 0).sum() == 16 + 4 + 8
    assert not len(drawn([square(0, 5, 4)], (40, 40), 1, 29)[1])


@given(st.sampled_from(FIFTEEN), st.integers(5, 20), st.integers(5, 20))
def test_views_are_undone(view, height, width):
    image = torch.arange(float(height * width)).reshape(1, 1, height, width)
    flat = View(view.up_down, view.left_right, view.turns)
    turned = flat.of(image)[0, 0].numpy()
    np.testing.assert_array_equal(flat.undone(turned), image[0, 0])


def test_small_images_are_enlarged_but_never_reduced():
    image = torch.rand(1, 1, 100, 60)
    assert View(height=2, width=2).of(image).shape[2:] == (200, 120)
    assert View(height=0.7, width=0.8).of(image).shape[2:] == (100, 60)
    large = torch.rand(1, 1, 600, 512)
    assert View(height=0.5, width=0.75).of(large).shape[2:] == (300, 384)
    assert View(turns=1, height=1.5).of(image).shape[2:] == (90, 100)
