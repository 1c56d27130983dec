"""An edit is one step, done and undone exactly, or refused."""

import numpy as np
import pytest

from napari_cellbench.corrections.edit import Edit, Outdated
from napari_cellbench.corrections.tools import add_outline, delete
from napari_cellbench.errors import InputError

from .scenes import check

SQUARE = [(2, 2), (2, 8), (8, 8), (8, 2)]


def test_made_gone_and_changed(labels):
    region = (slice(0, 64), slice(0, 80))
    after = labels.copy()
    after[labels == 7] = 0
    after[0, 0] = 9
    after[45:47, 70:72] = 0
    edit = Edit.between(labels, region, after, "Do much")
    assert (edit.made, edit.gone) == ((9,), (7,))
    assert edit.changed_ids == (3, 7, 9)
    check(labels, edit)


def test_nothing_changes(labels):
    with pytest.raises(InputError, match="Do it: nothing changes"):
        Edit.between(labels, (slice(0, 3), slice(0, 3)), labels[:3, :3], "Do it")


def test_labels_that_changed_meanwhile_are_left_alone(labels):
    edit = delete(labels, 7)
    labels[45, 30] = 2
    before = labels.copy()
    with pytest.raises(Outdated, match=r"Delete cell 7: .*meanwhile"):
        edit.apply(labels)
    np.testing.assert_array_equal(labels, before)


def test_changes_elsewhere_do_not_matter(labels):
    edit = delete(labels, 7)
    labels[0, 0] = 5
    edit.apply(labels)
    assert (labels[0, 0], (labels == 7).sum()) == (5, 0)


def test_labels_of_another_size_are_refused(labels):
    with pytest.raises(Outdated):
        delete(labels, 3).apply(labels[:50, :50].copy())


def test_labels_converted_meanwhile(labels):
    edit = add_outline(labels, SQUARE)
    wide, narrow = labels.astype(np.int64), labels.astype(np.uint8)
    edit.apply(wide)
    edit.apply(narrow)
    np.testing.assert_array_equal(wide, narrow)
    edit = add_outline(labels, SQUARE, above=1000)
    with pytest.raises(InputError, match="uint8 can't hold cell 1001"):
        edit.apply(labels.astype(np.uint8))


def test_the_inverse_of_the_inverse(labels):
    edit = delete(labels, [1, 7])
    twice = edit.inverse().inverse()
    assert (twice.gone, twice.made) == ((1, 7), ())
    check(labels, twice)
