"""What is found doubtful, on labels that were spoiled on purpose."""

import numpy as np
import pytest
from skimage.draw import disk

from napari_cellbench.corrections.cut_cells import cut_cells
from napari_cellbench.corrections.find_doubts import (
    errors_by_truth,
    low_scores,
    odd_shapes,
    on_plane,
    places_of_results,
    robust_z,
)
from napari_cellbench.corrections.tools import delete, merge, split_line
from napari_cellbench.errors import InputError
from napari_cellbench.scoring.agreement import Cells, Pairwise
from napari_cellbench.scoring.disagreement import disagreement


@pytest.fixture
def many() -> np.ndarray:
    """Twenty-five round cells in rows, numbered from 1."""
    labels = np.zeros((150, 150), np.int32)
    rng = np.random.default_rng(0)
    for k in range(25):
        row, column = divmod(k, 5)
        labels[disk((15 + 30 * row, 15 + 30 * column), 9 + rng.uniform(-1, 1))] = k + 1
    return labels


def done(labels, edit):
    edit.apply(labels)
    return edit


def test_errors_by_truth(many):
    labels = many.copy()
    done(labels, delete(labels, 3))
    done(labels, merge(labels, [6, 7]))
    done(labels, split_line(labels, [(60, 75), (90, 75)]))
    labels[disk((30, 120), 4)] = 90
    found = errors_by_truth(labels, many, iou=0.6)
    kinds = {one.kind: one for one in found}
    assert sorted(kinds) == ["extra", "merged", "missed", "split"]
    assert (kinds["missed"].cells, kinds["missed"].place) == ((), (15, 75))
    assert kinds["merged"].cells == (6,)
    assert kinds["split"].cells == (13, 26)
    assert kinds["split"].reason == "Split: one cell in the truth, 2 here"
    assert kinds["extra"].cells == (90,)
    assert all(0 < one.doubt <= 1 and one.size for one in found)
    assert errors_by_truth(many, many) == []


def test_outlines_are_as_doubtful_as_their_iou_is_low(many):
    labels = many.copy()
    labels[(labels == 1) & (np.arange(150)[:, None] > 13)] = 0
    (one,) = errors_by_truth(labels, many, iou=0.7)
    assert one.kind == "outline"
    assert one.reason == f"Outlined differently from the truth, IoU {1 - one.doubt:.2f}"


def test_where_results_differ(many):
    other, third = many.copy(), many.copy()
    done(other, merge(other, [6, 7]))
    done(third, merge(third, [6, 7]))
    done(other, delete(other, 20))
    places = disagreement(Pairwise([Cells.of(one) for one in (many, other, third)])).places
    found = {one.cells: one for one in places_of_results(places, many)}
    assert set(found) == {(6, 7), (20,)}
    assert found[20,].reason == "Found by 2 of 3"
    assert found[20,].doubt == pytest.approx(2 / 3)
    by_own = {one.cells: one.doubt for one in places_of_results(places, other, own=1)}
    assert by_own[()] == 1
    without = {one.cells for one in places_of_results(places, other)}
    assert without == {(6,), ()}


def test_low_scores(many):
    scores = np.linspace(0.9, 0.95, 25)
    scores[3] = 0.2
    (one,) = low_scores(many, scores)
    assert one.cells == (4,)
    assert one.reason == "The method was unsure: score 0.20, usually 0.93"
    found = low_scores(many, {1: 0.3, 2: 0.7, 99: 0.1}, below=0.5)
    assert [(one.cells, one.doubt) for one in found] == [((1,), 0.7)]
    assert low_scores(many, np.full(25, 0.9)) == []
    with pytest.raises(InputError, match="25 cells but 3 scores"):
        low_scores(many, [1, 2, 3])


def test_odd_sizes_and_shapes(many):
    labels = many.copy()
    done(labels, merge(labels, [6, 7]))  # apart, but one: large
    labels[labels == 9] = 0
    labels[disk((45, 105), 2)] = 9
    labels[(labels == 12) & (np.abs(np.arange(150) - 45)[None] < 2)] = 0
    labels[70:73, 43:48] = 12
    labels[0:3, 0:2] = 70  # cut by the edge: of course it is small
    found = odd_shapes(labels)
    by_cell = {one.cells[0]: one for one in found if one.kind == "size"}
    assert set(by_cell) == {6, 9}
    assert by_cell[6].reason.startswith("Large: ")
    assert by_cell[9].reason.startswith("Small: 9 px, usually 2")
    assert {one.cells[0] for one in found if one.kind == "shape"} >= {12}
    assert all(0.5 <= one.doubt < 1 for one in found)
    assert odd_shapes(many) == []
    assert odd_shapes(np.zeros((9, 9), int)) == []


def test_cells_that_are_cut(many):
    labels = many.copy()
    labels[60:, :] = np.where(labels[60:] > 0, labels[60:] + 100, 0)
    labels[disk((60, 45), 8)] = 2000
    labels[60:][labels[60:] == 2000] = 2001
    labels[disk((0, 60), 5, shape=labels.shape)] = 50
    found = {one.cells[0]: one for one in cut_cells(labels, [60], [75])}
    assert set(found) == {50, 2000, 2001}
    assert found[50].kind == "edge"
    assert found[2000].reason == "Cut along a tile's edge, and a cell goes on behind it"
    labels[labels == 2001] = 0
    alone = {one.cells[0]: one for one in cut_cells(labels, [60], [75], image_edge=False)}
    assert {cell: one.reason for cell, one in alone.items()} == {2000: "Cut along a tile's edge"}
    assert alone[2000].doubt < found[2000].doubt
    turned = {one.cells[0] for one in cut_cells(labels.T, [], [60], image_edge=False)}
    assert turned == {2000}
    assert cut_cells(labels, [0, 150, 9999], image_edge=False) == []


def test_few_are_not_compared():
    assert robust_z(np.array([1.0, 1, 1, 99]), 1).tolist() == [0] * 4
    assert np.isfinite(robust_z(np.array([1.0] * 9 + [np.nan]), 0.1)).all()


def test_a_plane_of_a_stack(many):
    labels = many.copy()
    done(labels, delete(labels, 3))
    assert [one.at for one in on_plane(errors_by_truth(labels, many), (2, 5))] == [(2, 5)]
