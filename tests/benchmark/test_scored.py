"""Figures and cells of one image."""

import numpy as np
import pytest

from napari_cellbench.benchmark.scored import figures_and_cells
from napari_cellbench.benchmark.tables import COUNTS, CURVES, NUMBERS, OF_CELL
from napari_cellbench.data import Instances
from napari_cellbench.morphology.shape import shape_features
from napari_cellbench.scoring import score


def rows_of(cells):
    assert list(cells) == list(OF_CELL)
    return [dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]


def boxes(*corners, shape=(60, 100)):
    labels = np.zeros(shape, np.int32)
    for label, top, bottom, left, right in corners:
        labels[top:bottom, left:right] = label
    return labels


TRUTH = boxes(
    (1, 2, 12, 2, 12),  # found
    (2, 20, 30, 2, 12),  # missed
    (3, 2, 12, 30, 50),  # split
    (4, 20, 30, 30, 40),  # merged
    (5, 20, 30, 40, 50),  # merged
    (6, 40, 50, 2, 12),  # badly outlined
)
FOUND = boxes(
    (11, 2, 12, 2, 11),
    (12, 2, 12, 30, 40),
    (13, 2, 12, 40, 50),
    (14, 20, 30, 30, 50),
    (15, 40, 44, 2, 12),
    (16, 40, 50, 80, 90),  # extra
)


def test_each_cell_is_what_it_was_made_to_be():
    _, cells = figures_and_cells(Instances.from_labels(TRUTH), Instances.from_labels(FOUND))
    found = rows_of(cells)
    true = {row["label"]: row for row in found if row["label"] is not None}
    false = {row["prediction"]: row for row in found if row["label"] is None}
    # Half of a split cell, or of two that are merged, has an IoU of 0.5 with it: it is a match.
    assert {label: row["kind"] for label, row in true.items() if label in (1, 2, 6)} == {
        1: "matched",
        2: "missed",
        6: "outline",
    }
    assert true[1]["prediction"] == 11
    assert true[1]["iou"] == pytest.approx(0.9)
    assert true[2]["prediction"] is None
    assert true[2]["iou"] == 0
    assert true[6]["prediction"] == 15
    assert true[6]["iou"] == pytest.approx(0.4)
    assert (true[6]["y"], true[6]["x"]) == (44.5, 6.5)
    assert true[6]["size"] == 100
    assert false[16]["kind"] == "extra"
    assert (false[16]["size"], false[16]["y"], false[16]["x"]) == (100, 44.5, 84.5)
    assert false[15]["kind"] == "outline"


def test_split_and_merged_cells_without_a_match():
    truth = boxes((1, 2, 12, 2, 32), (2, 20, 30, 2, 12), (3, 20, 30, 12, 22), (4, 20, 30, 22, 32))
    found = boxes((1, 2, 12, 2, 12), (2, 2, 12, 12, 22), (3, 2, 12, 22, 32), (4, 20, 30, 2, 32))
    _, cells = figures_and_cells(Instances.from_labels(truth), Instances.from_labels(found))
    kinds = [(row["label"], row["kind"]) for row in rows_of(cells)]
    assert kinds[:4] == [(1, "split"), (2, "merged"), (3, "merged"), (4, "merged")]
    assert kinds[4:] == [(None, "split")] * 3 + [(None, "merged")]


def test_figures_are_those_of_score_and_cells_add_up_to_them():
    rng = np.random.default_rng(0)
    for _ in range(20):
        truth = np.kron(rng.integers(0, 8, (6, 6)), np.ones((6, 6), int))
        found = np.where(rng.random((36, 36)) < 0.1, rng.integers(0, 8, (36, 36)), truth)
        found = np.roll(found, rng.integers(0, 3), 0)
        figures, cells = figures_and_cells(
            Instances.from_labels(truth), Instances.from_labels(found)
        )
        expected = score(truth, found).to_dict()
        for name in (*NUMBERS, *COUNTS, *CURVES, "ranked"):
            assert figures[name] == expected[name], name
        rows = rows_of(cells)
        assert sum(row["kind"] == "matched" for row in rows) == figures["tp"][0]
        assert sum(row["label"] is not None for row in rows) == figures["n_truth"]
        assert sum(row["label"] is None for row in rows) == figures["fp"][0]
        tp, fp, fn = (np.array(figures[name]) for name in ("tp", "fp", "fn"))
        assert np.allclose(tp / (tp + fp + fn), figures["accuracy"])
        features = shape_features(truth)
        by_label = {row["label"]: row for row in rows}
        for label, size, convexity in zip(
            *(features[name].tolist() for name in ("label", "size", "convexity")), strict=True
        ):
            assert by_label[label]["size"] == size
            assert by_label[label]["convexity"] == convexity
            ys, xs = np.nonzero(truth == label)
            assert by_label[label]["y"] == pytest.approx(ys.mean())
            assert by_label[label]["x"] == pytest.approx(xs.mean())


def test_a_cell_that_another_hides_is_measured_whole():
    masks = np.zeros((2, 40, 40), bool)
    masks[0, 5:25, 5:25] = True
    masks[1, 5:25, 15:35] = True
    truth = Instances.from_masks(masks, (40, 40))
    _, cells = figures_and_cells(truth, Instances.from_labels(np.zeros((40, 40), np.int32)))
    first, second = rows_of(cells)
    for row, x in ((first, 14.5), (second, 24.5)):
        assert row["size"] == 400
        assert (row["y"], row["x"]) == (14.5, x)
        assert row["elongation"] == pytest.approx(1)


def test_nothing_at_all_has_no_cells_and_no_figures():
    empty = Instances.from_labels(np.zeros((20, 20), np.int32))
    figures, cells = figures_and_cells(empty, empty)
    assert not any(cells.values())
    assert figures["mAP"] is None
    assert figures["f1"] == [None] * 10
    assert figures["tp"] == [0] * 10


def test_what_is_found_in_a_crowd_is_no_false_cell():
    crowd = Instances.from_labels(boxes((1, 38, 52, 78, 92)))
    figures, cells = figures_and_cells(
        Instances.from_labels(TRUTH), Instances.from_labels(FOUND), crowd
    )
    assert 16 not in cells["prediction"]
    assert figures["n_prediction"] == 5
