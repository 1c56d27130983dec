"""Taking cells over from another result."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from napari_cellbench.corrections.tools import cells_there, take_over
from napari_cellbench.errors import InputError

from .scenes import check, scenes, unless


@given(scenes(), st.integers(0, 2**32 - 1), st.integers(1, 3))
def test_they_become_what_they_are_there(labels, seed, n):
    rng = np.random.default_rng(seed)
    other = np.kron(rng.integers(0, 9, (7, 7)), np.ones((3, 3), int))
    other = other[: labels.shape[0], : labels.shape[1]].astype(np.uint16)
    ids = np.unique(other[other > 0])[:n].tolist()
    assume(ids)
    edit = unless("already", take_over, labels, other, ids)
    if edit is None:
        return
    after = check(labels, edit)
    taken = np.isin(other, ids)
    names = {cell: set(after[other == cell].tolist()) for cell in ids}
    assert all(len(name) == 1 for name in names.values())
    assert len({min(name) for name in names.values()}) == len(ids)
    for cell in np.unique(labels[labels > 0]).tolist():
        own = labels == cell
        gives_way = (own & taken).sum() > own.sum() / 2
        kept = set(after[own & ~taken].tolist())
        assert kept <= ({0} if gives_way else {cell})
    outside = ~taken & (labels == 0)
    assert not after[outside].any()


def test_the_cell_that_gives_way_gives_its_id(labels):
    other = np.zeros_like(labels)
    other[10:30, 10:30] = 44
    edit = take_over(labels, other, 44)
    assert (edit.made, edit.gone) == ((), ())
    np.testing.assert_array_equal(check(labels, edit) == 1, other == 44)


def test_one_cell_of_two_and_two_of_one(labels):
    """The merged cell of the other result, and back again."""
    other = np.where(np.isin(labels, (1, 2)), 5, 0)
    edit = take_over(labels, other, 5)
    merged = check(labels, edit)
    assert (edit.made, edit.gone) == ((), (1,))  # the second is larger
    edit = take_over(merged, labels, [1, 2])
    assert edit.made == (8,)
    again = check(merged, edit)
    assert {(int(again[20, 20]), int(again[20, 40]))} == {(8, 2)}


def test_all_that_is_there_gives_way(labels):
    """One cell that is much smaller: of ours nothing stays around it."""
    other = np.zeros_like(labels)
    other[18:22, 36:40] = 5
    place = np.maximum(other, np.where(labels == 2, 2, 0))
    instead = cells_there(labels, place)
    assert instead == [2]
    kept = check(labels, take_over(labels, other, 5))
    assert (kept == 2).sum() == (labels == 2).sum() - 16
    settled = check(labels, take_over(labels, other, 5, instead=instead))
    np.testing.assert_array_equal(settled == 2, other == 5)
    np.testing.assert_array_equal(settled[labels == 1], labels[labels == 1])


def test_no_cell_is_right(labels):
    edit = take_over(labels, np.zeros_like(labels), (), instead=[7])
    assert edit.gone == (7,)
    np.testing.assert_array_equal(check(labels, edit), np.where(labels == 7, 0, labels))


@given(scenes(), scenes())
def test_what_is_part_of_a_place(labels, place):
    rows, columns = np.minimum(labels.shape, place.shape)
    labels, place = labels[:rows, :columns], place[:rows, :columns]
    expected = [
        cell
        for cell in np.unique(labels[labels > 0]).tolist()
        if any(
            2 * ((labels == cell) & (place == one)).sum()
            > min((labels == cell).sum(), (place == one).sum())
            for one in np.unique(place[place > 0])
        )
    ]
    assert cells_there(labels, place) == expected


def test_nothing_to_take(labels):
    with pytest.raises(InputError, match="no cell 5"):
        take_over(labels, labels, [1, 5])
    with pytest.raises(InputError, match="already"):
        take_over(labels, labels.astype(np.uint8), [1, 2])
    with pytest.raises(InputError, match="differ in size"):
        take_over(labels, labels[1:], 1)
    with pytest.raises(InputError, match="Choose"):
        take_over(labels, labels, [])
    with pytest.raises(InputError, match="differ in size"):
        cells_there(labels, labels[1:])
