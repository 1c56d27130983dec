"""Deleting and renumbering."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from napari_cellbench.corrections.tools import (
    delete,
    delete_at_edge,
    delete_by_area,
    delete_in_box,
    renumber,
)
from napari_cellbench.errors import InputError

from .scenes import check, scenes


@given(scenes(), st.data())
def test_only_these_go(labels, data):
    ids = np.unique(labels[labels > 0]).tolist()
    assume(ids)
    some = data.draw(st.lists(st.sampled_from(ids), min_size=1, unique=True))
    after = check(labels, delete(labels, some))
    np.testing.assert_array_equal(after, np.where(np.isin(labels, some), 0, labels))


@given(scenes(), st.tuples(*[st.integers(-3, 23)] * 4), st.booleans())
def test_a_rectangle(labels, box, touching):
    inside = np.zeros(labels.shape, bool)
    top, left, bottom, right = (max(0, side) for side in box)
    inside[top:bottom, left:right] = True
    expected = {
        cell
        for cell in np.unique(labels[labels > 0]).tolist()
        if (inside[labels == cell].any() if touching else inside[labels == cell].all())
    }
    if not expected:
        with pytest.raises(InputError, match="this rectangle"):
            delete_in_box(labels, box, touching=touching)
        return
    edit = delete_in_box(labels, box, touching=touching)
    check(labels, edit)
    assert set(edit.gone) == expected


@given(scenes(), st.integers(1, 40), st.integers(1, 200))
def test_sizes(labels, smallest, largest):
    ids, areas = np.unique(labels[labels > 0], return_counts=True)
    expected = ids[(areas < smallest) | (areas > largest)].tolist()
    if not expected:
        with pytest.raises(InputError, match="No cell is smaller than"):
            delete_by_area(labels, smallest, largest)
        return
    edit = delete_by_area(labels, smallest, largest)
    check(labels, edit)
    assert list(edit.gone) == expected


def test_at_the_edge(labels):
    edit = delete_at_edge(labels)
    assert edit.gone == (3,)
    after = check(labels, edit)
    with pytest.raises(InputError, match="No cell touches"):
        delete_at_edge(after)


@given(scenes())
def test_numbers_without_gaps(labels):
    ids = np.unique(labels[labels > 0]).tolist()
    if ids == list(range(1, len(ids) + 1)):
        with pytest.raises(InputError, match=r"already|No cells"):
            renumber(labels)
        return
    edit = renumber(labels)
    after = check(labels, edit)
    assert np.unique(after[after > 0]).tolist() == list(range(1, len(ids) + 1))
    for new, old in enumerate(ids, start=1):
        np.testing.assert_array_equal(after == new, labels == old)
        assert edit.renamed.get(old, old) == new


def test_ids_like_time_stamps():
    labels = np.array([[0, 1_700_000_000, 1_700_000_005]])
    assert renumber(labels).after.tolist() == [[1, 2]]
    assert delete(labels, [1_700_000_005]).box == (0, 2, 1, 3)


def test_nothing_is_deleted_by_half(labels):
    with pytest.raises(InputError, match="no cell 4 here"):
        delete(labels, [1, 4])
    with pytest.raises(InputError, match="no cell here"):
        delete(labels, 0)
    with pytest.raises(InputError, match="Choose"):
        delete(labels, [])
    with pytest.raises(InputError, match=r"no cell 100, .*\.\.\."):
        delete(labels, range(100, 120))
    with pytest.raises(InputError, match="no size"):
        delete_by_area(labels)
