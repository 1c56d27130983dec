"""Where cells are, and which numbers are free."""

import numpy as np
import pytest
from hypothesis import given

from napari_cellbench.corrections.lookup import (
    CellTable,
    box_of,
    distinct,
    elsewhere,
    is_one_of,
    new_ids,
)
from napari_cellbench.errors import InputError

from .scenes import scenes


@given(scenes())
def test_all_cells(labels):
    table = CellTable.of(labels)
    assert table.ids.tolist() == distinct(labels)
    for cell, area in zip(table.ids.tolist(), table.areas, strict=True):
        assert area == (labels == cell).sum()
        assert table.box(cell) == box_of(labels, cell)


@given(scenes())
def test_cells_outside_a_box(labels):
    ids, box = distinct(labels), (1, 2, 6, 9)
    inside = np.zeros(labels.shape, bool)
    inside[1:6, 2:9] = True
    assert elsewhere(labels, box, ids) == set(distinct(labels[~inside]))
    assert elsewhere(labels, box, ids[:3]) == set(distinct(labels[~inside])) & set(ids[:3])
    for some in (ids[:2], ids[::2], ids):
        if some:
            np.testing.assert_array_equal(is_one_of(labels, some), np.isin(labels, some))


def test_ids_like_time_stamps():
    labels = np.zeros((100, 100), np.int64)
    ids = [1_700_000_000 + k for k in range(12)]
    for k, cell in enumerate(ids):
        labels[k, k : k + 3] = cell
    table = CellTable.of(labels)
    assert table.ids.tolist() == ids
    assert table.box(ids[5]) == (5, 5, 6, 8)
    assert elsewhere(labels, (0, 0, 6, 100), ids) == set(ids[6:])
    np.testing.assert_array_equal(is_one_of(labels, ids), labels > 0)


def test_many_pixels_with_a_negative_one():
    labels = np.zeros((100, 100), np.int16)
    labels[3, 3], labels[4, 4] = -1, 5
    assert distinct(labels) == [5]


@pytest.mark.parametrize("cell", [5, 0, -1, 70000])
def test_no_such_cell(cell):
    with pytest.raises(InputError, match="There is no cell"):
        box_of(np.ones((3, 3), np.uint16), cell)


@pytest.mark.parametrize("labels", [np.zeros((2, 3, 4), int), np.zeros((3, 4))])
def test_no_plane_of_labels(labels):
    with pytest.raises(InputError, match=r"labels is|must be integers"):
        box_of(labels, 1)


def test_free_numbers():
    full = np.arange(256, dtype=np.uint8).reshape(16, 16)
    with pytest.raises(InputError, match=r"at most 255 cells.*convert it to int32"):
        new_ids(full)
    full[full == 9] = 0
    assert new_ids(full) == [9]
    with pytest.raises(InputError, match="at most 255"):
        new_ids(full, 2)
    with pytest.raises(InputError, match="at most 255"):
        new_ids(full, above=9)
    assert new_ids(np.zeros((2, 2), np.uint8), 3, above=10) == [11, 12, 13]
    assert new_ids(np.array([[2**31 - 1]]), 2) == [1, 2]
