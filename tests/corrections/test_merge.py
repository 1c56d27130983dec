"""Merging, and what lies between."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from napari_cellbench.corrections.pieces import pieces_of
from napari_cellbench.corrections.tools import merge, merge_along
from napari_cellbench.errors import InputError

from .scenes import check, scenes


@given(scenes(), st.data(), st.sampled_from([0, 1, 2.5]))
def test_one_cell_of_several(labels, data, gap):
    ids = np.unique(labels[labels > 0]).tolist()
    assume(len(ids) > 1)
    some = data.draw(st.lists(st.sampled_from(ids), min_size=2, unique=True))
    edit = merge(labels, some, gap=gap)
    after = check(labels, edit)
    assert set(edit.gone) == set(some[1:])
    union, others = np.isin(labels, some), (labels > 0) & ~np.isin(labels, some)
    assert (after[union] == some[0]).all()
    np.testing.assert_array_equal(after[others], labels[others])
    added = (after > 0) & (labels == 0)
    assert (after[added] == some[0]).all()
    if gap == 0:
        assert not added.any()
    # Each pixel that was added lies between two of them.
    for pixel in np.argwhere(added):
        nearest = sorted(
            np.sqrt(((np.argwhere(labels == cell) - pixel) ** 2).sum(axis=1)).min() for cell in some
        )
        assert nearest[0] + nearest[1] <= gap + 1 + 1e-5


@pytest.mark.parametrize(("width", "pieces"), [(0, 1), (1, 1), (2, 1), (3, 2)])
def test_narrow_gaps_close(width, pieces):
    labels = np.zeros((9, 24), np.uint8)
    labels[2:7, 2:8], labels[2:7, 8 + width : 16] = 5, 3
    after = check(labels, merge(labels, [3, 5]))
    assert len(pieces_of(after == 3)[1]) == pieces
    assert not after[:2].any()
    assert not after[7:].any()


def test_along_a_line(labels):
    edit = merge_along(labels, [(20, 60), (20, 5)])
    assert (edit.gone, edit.what) == ((1,), "Merge cells 2 and 1")
    assert len(pieces_of(check(labels, edit) == 2)[1]) == 1


def test_too_few(labels):
    with pytest.raises(InputError, match="two cells"):
        merge(labels, [1, 1])
    with pytest.raises(InputError, match="no cell 4"):
        merge(labels, [1, 4])
    with pytest.raises(InputError, match="only one cell"):
        merge_along(labels, [(20, 18), (20, 22)])
    with pytest.raises(InputError, match="no cell"):
        merge_along(labels, [(1, 1), (1, 5)])
