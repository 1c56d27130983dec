"""The Score widget in a real napari window."""

from __future__ import annotations

import csv
import gc
import io
import json
import os
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from napari.layers._layer_actions import _convert_to_labels
from napari.utils.theme import get_theme
from qtpy import API, API_NAME
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication
from skimage.draw import disk
from skimage.segmentation import expand_labels

from napari_cellbench.cli import main
from napari_cellbench.data import Instances
from napari_cellbench.data.layers import read_layers
from napari_cellbench.morphology.shape import shape_features
from napari_cellbench.scoring import score
from napari_cellbench.scoring.annotators import agreement
from napari_cellbench.scoring.boundary import boundary_score
from napari_cellbench.scoring.errors import FALSE, MATCHED, MISSED, error_map
from napari_cellbench.scoring.figures import FIGURES
from napari_cellbench.scoring.selection import Selection
from napari_cellbench.widgets.adjust.preview import PREVIEW
from napari_cellbench.widgets.adjust.widget import AdjustWidget
from napari_cellbench.widgets.score.form import SHAPE
from napari_cellbench.widgets.score.table import RANKED
from napari_cellbench.widgets.score.types import Failure, Result
from napari_cellbench.widgets.score.widget import ScoreWidget

TIMEOUT = 20_000
CASES = Path(__file__).parents[1] / "cases"
CENTRES = [(30, 30), (30, 90), (64, 60), (100, 30), (96, 100)]


def disks(centres=CENTRES, shift: int = 0, radius: int = 10, shape=(128, 128)) -> np.ndarray:
    labels = np.zeros(shape, np.int32)
    for number, (y, x) in enumerate(centres, 1):
        labels[disk((y, x + shift), radius, shape=shape)] = number
    return labels


@pytest.fixture
def open_score(make_napari_viewer, qtbot):
    """Return a function that opens a viewer with truth, predictions and the docked widget."""
    made: list[ScoreWidget] = []

    def open_(truth, *predictions, **options) -> ScoreWidget:
        viewer = make_napari_viewer()
        if truth is not None:
            metadata = {"cellbench": {"truth": True, "sample": "disks"}}
            viewer.add_labels(truth, name="truth", metadata=metadata, **options)
        for number, labels in enumerate(predictions):
            viewer.add_labels(labels, name=f"method {number}", **options)
        _, widget = viewer.window.add_plugin_dock_widget("napari-cellbench", "Score")
        made.append(widget)
        return widget

    yield open_
    for widget in made:
        widget.closing()
        qtbot.waitUntil(lambda widget=widget: not widget.scorer.thread_.is_alive())


def viewer_of(widget: ScoreWidget) -> Any:
    """Return napari's viewer itself: plugins get a proxy, which hands out proxies of layers."""
    return widget.viewer.__wrapped__


def row_of(widget: ScoreWidget, row: int = 0) -> list[str]:
    if row >= widget.form.table.rowCount():
        return []
    return [widget.form.table.item(row, 1 + column).text() for column in range(len(FIGURES))]


def expected(truth, prediction, scores=None) -> list[str]:
    result = score(np.asarray(truth), np.asarray(prediction), scores)
    mark = "¹" if scores is None else ""
    return [figure.text(result) + (mark if figure.ranks else "") for figure in FIGURES]


def wait_for(qtbot, widget: ScoreWidget, texts: list[str], row: int = 0) -> None:
    def compare() -> None:
        assert row_of(widget, row) == texts

    qtbot.waitUntil(compare, timeout=TIMEOUT)


def choose(box, key: str) -> None:
    box.setCurrentIndex(box.findData(key))


@pytest.fixture
def random_pair() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    centres = rng.integers(5, 123, (30, 2))
    return disks(centres, radius=7), disks(centres + rng.integers(-3, 4, (30, 2)), radius=7)


def test_table_equals_score(qtbot, open_score, random_pair):
    truth, prediction = random_pair
    widget = open_score(truth, truth, prediction)
    wait_for(qtbot, widget, expected(truth, truth), row=0)
    wait_for(qtbot, widget, expected(truth, prediction), row=1)
    assert "all scores are 1" in widget.form.note.text()
    assert widget.form.table.item(0, 2).font().bold()
    assert not widget.form.table.item(1, 2).font().bold()
    header = widget.form.table.horizontalHeaderItem(2).toolTip()
    assert "COCO mAP" in header
    assert "pycocotools" in header


def test_method_scores_are_used_until_ids_are_edited(qtbot, open_score, random_pair):
    truth, prediction = random_pair
    scores = np.random.default_rng(1).random(len(np.unique(prediction)) - 1)
    widget = open_score(truth)
    layer = viewer_of(widget).add_labels(
        prediction, metadata={"cellbench": {"scores": scores.tolist()}}
    )
    wait_for(qtbot, widget, expected(truth, prediction, scores))
    assert "all scores are 1" not in widget.form.note.text()
    layer.data_setitem((np.array([0]), np.array([0])), 999)
    wait_for(qtbot, widget, expected(truth, layer.data))
    layer.undo()
    wait_for(qtbot, widget, expected(truth, prediction, scores))


def test_figures_follow_every_kind_of_edit(qtbot, open_score):
    truth = disks()
    widget = open_score(truth.copy(), disks(shift=2))
    true_layer, layer = viewer_of(widget).layers
    wait_for(qtbot, widget, expected(truth, layer.data))

    def check() -> None:
        wait_for(qtbot, widget, expected(true_layer.data, layer.data))

    before = row_of(widget)
    layer.brush_size = 30
    layer.paint((30, 30), 9)
    check()
    assert row_of(widget) != before
    layer.fill((96, 100), 0)
    check()
    layer.paint((64, 60), 0)
    check()
    layer.undo()
    check()
    layer.redo()
    check()
    true_layer.fill((100, 30), 0)
    check()
    layer.data = disks(shift=1)
    check()
    layer.data[:] = 0
    layer.refresh()
    check()
    assert row_of(widget)[0] == "0"


def test_a_stroke_is_followed_before_it_ends(qtbot, open_score):
    truth = disks()
    widget = open_score(truth, disks(shift=2))
    layer = viewer_of(widget).layers[1]
    wait_for(qtbot, widget, expected(truth, layer.data))
    layer.brush_size = 20
    with layer.block_history():
        for column in range(20, 100, 4):
            layer.paint((10, column), 7)
        wait_for(qtbot, widget, expected(truth, layer.data))


def test_painting_is_not_held_up(qtbot, open_score):
    """The window's thread spends under 10 ms per stroke beyond napari's own time."""
    shape = (2048, 2048)
    centres = [(y, x) for y in range(30, 2040, 40) for x in range(30, 2040, 40)]
    truth = disks(centres, shape=shape)
    widget = open_score(truth, disks(centres, shift=2, shape=shape))
    layer = viewer_of(widget).layers[1]
    qtbot.waitUntil(lambda: layer in widget.results, timeout=TIMEOUT)
    spent = []
    for column in range(100, 1900, 60):
        began = time.thread_time()
        widget.scorer.edit(layer, (slice(500, 520), slice(column, column + 20)))
        QApplication.processEvents()
        spent.append(time.thread_time() - began)
        time.sleep(0.04)
    assert np.median(spent) < 0.01


def test_error_map_is_a_layer_that_follows_edits(qtbot, open_score):
    truth = disks()
    prediction = disks(shift=1)
    prediction[prediction == 5] = 0
    prediction[110:125, 60:75] = 6
    widget = open_score(truth, prediction, scale=(0.5, 0.5))
    viewer, layer = viewer_of(widget), viewer_of(widget).layers[1]
    viewer.layers.selection.active = layer
    widget.form.review.map_button.setChecked(True)
    qtbot.waitUntil(lambda: widget.form.review.map.layer is not None, timeout=TIMEOUT)
    drawn = widget.form.review.map.layer
    np.testing.assert_array_equal(drawn.data, error_map(truth, prediction))
    assert set(np.unique(drawn.data)) == {0, MATCHED, MISSED, FALSE}
    np.testing.assert_array_equal(drawn.scale, (0.5, 0.5))
    assert viewer.layers.selection.active is layer
    assert widget.form.table.rowCount() == 1
    layer.fill((117, 67), 0)
    qtbot.waitUntil(
        lambda: np.array_equal(drawn.data, error_map(truth, layer.data)), timeout=TIMEOUT
    )
    assert FALSE not in drawn.data
    colours = drawn.colormap.color_dict[MISSED]
    widget.form.review.palette.setCurrentIndex(1)
    assert not np.array_equal(drawn.colormap.color_dict[MISSED], colours)
    widget.form.review.map_button.setChecked(False)
    assert drawn not in viewer.layers


def test_removing_the_error_map_switches_it_off(qtbot, open_score):
    widget = open_score(disks(), disks(shift=2))
    widget.form.review.map_button.setChecked(True)
    qtbot.waitUntil(lambda: widget.form.review.map.layer is not None, timeout=TIMEOUT)
    viewer_of(widget).layers.remove(widget.form.review.map.layer)
    assert not widget.form.review.map_button.isChecked()


def errors_in(widget: ScoreWidget) -> list:
    return widget.form.review.list.errors.errors


def errors_of(qtbot, widget: ScoreWidget, n: int) -> dict:
    qtbot.waitUntil(lambda: len(errors_in(widget)) == n, timeout=TIMEOUT)
    return {error.kind: error for error in errors_in(widget)}


def test_errors_are_listed_and_reached_with_a_click(qtbot, open_score):
    truth, prediction = disks(), disks()
    prediction[prediction == 1] = 0  # missed
    prediction[:12, 50:70] = 6  # extra
    for first, piece in ((86, 7), (94, 8)):  # split into thirds
        prediction[(truth == 2) & (np.arange(128) >= first)] = piece
    prediction[prediction == 4] = 0
    prediction[94:107, 24:37] = 4  # badly outlined at a high IoU only
    widget = open_score(truth, prediction, scale=(2, 2))
    found = errors_of(qtbot, widget, 3)
    assert found["missed"].truth == (1,)
    assert found["extra"].prediction == (6,)
    assert found["extra"].size == 240
    assert found["split"].prediction == (2, 7, 8)
    assert [error.size for error in errors_in(widget)] == sorted(
        (error.size for error in errors_in(widget)), reverse=True
    )
    choose(widget.form.review.iou, 0.7)
    found = errors_of(qtbot, widget, 4)
    true_4 = truth == 4
    iou = (true_4 & (prediction == 4)).sum() / (true_4 | (prediction == 4)).sum()
    assert found["outline"].iou == pytest.approx(iou)

    model = widget.form.review.list.errors
    row = next(i for i, error in enumerate(model.errors) if error.kind == "extra")
    cell = widget.form.review.list.visualRect(model.index(row, 0)).center()
    qtbot.mouseClick(widget.form.review.list.viewport(), Qt.MouseButton.LeftButton, pos=cell)
    centre = viewer_of(widget).scene.camera.center[-2:]
    np.testing.assert_allclose(centre, (2 * 5.5, 2 * 59.5))
    assert viewer_of(widget).layers.selection.active is viewer_of(widget).layers[1]
    assert viewer_of(widget).layers[1].selected_label == 6
    model.sort(0, Qt.SortOrder.AscendingOrder)
    assert [error.kind for error in model.errors] == ["missed", "extra", "split", "outline"]


def test_hovered_cell_is_described(qtbot, open_score):
    truth, prediction = disks(), disks(shift=2)
    widget = open_score(truth, prediction, scale=(2, 2))
    qtbot.waitUntil(lambda: bool(widget.results), timeout=TIMEOUT)
    viewer_of(widget).cursor.position = (60, 64)
    one, other = truth == 1, prediction == 1
    iou = (one & other).sum() / (one | other).sum()
    text = f"cell 1: IoU {iou:.2f}, area {other.sum()} px, elongation "

    def described() -> None:
        status = viewer_of(widget).status
        assert text in (status if isinstance(status, str) else status["coordinates"])

    qtbot.waitUntil(described, timeout=TIMEOUT)
    shape = shape_features(other)
    assert f"elongation {shape['elongation'][0]:.2f}" in str(viewer_of(widget).status)
    assert f"convexity {shape['convexity'][0]:.2f}" in str(viewer_of(widget).status)
    # It follows edits while the pointer rests.
    rows, columns = np.nonzero(other)
    viewer_of(widget).layers[-1].data_setitem((rows[:50], columns[:50]), 0)
    qtbot.waitUntil(
        lambda: f"area {other.sum() - 50} px" in str(viewer_of(widget).status), timeout=TIMEOUT
    )
    viewer_of(widget).cursor.position = (2, 2)
    qtbot.waitUntil(lambda: "cell 1" not in str(viewer_of(widget).status), timeout=TIMEOUT)


def test_description_outlasts_what_napari_writes(qtbot, open_score):
    """It does so from a thread of its own; a text where several layers are selected, or none."""
    widget = open_score(disks(), disks())
    qtbot.waitUntil(lambda: bool(widget.results), timeout=TIMEOUT)
    viewer = viewer_of(widget)
    idle = type(viewer).model_fields["status"].default
    widget._hover.describe("cell 1: IoU 0.90")
    viewer.status = idle
    assert viewer.status == "cell 1: IoU 0.90"
    viewer.status = "[3 4] » truth: 1"
    assert viewer.status == "[3 4] » truth: 1  ·  cell 1: IoU 0.90"
    widget._hover.describe("")
    assert viewer.status == "[3 4] » truth: 1"
    widget._hover.describe("cell 2: IoU 0.80")
    viewer.status = idle
    widget._hover.describe("")
    assert viewer.status == idle


def test_description_is_added_to_naparis_own_status(qtbot, open_score):
    widget = open_score(disks(), disks())
    qtbot.waitUntil(lambda: bool(widget.results), timeout=TIMEOUT)
    widget._hover.describe("cell 1: IoU 0.90")
    own = viewer_of(widget).layers[1].get_status((30, 30))
    viewer_of(widget).status = dict(own)
    assert viewer_of(widget).status["coordinates"].startswith(own["coordinates"])
    assert viewer_of(widget).status["coordinates"].endswith("cell 1: IoU 0.90")
    widget._hover.describe("")
    assert viewer_of(widget).status == own


def test_copies_as_csv_and_markdown(qtbot, open_score, random_pair):
    widget = open_score(*random_pair)
    layer = viewer_of(widget).layers[1]
    layer.name = "a | b, c"
    wait_for(qtbot, widget, expected(*random_pair))
    assert widget.form.table.item(0, 0).text() == "a | b, c"
    result = score(*random_pair)
    widget.form.csv_button.click()
    (line,) = csv.DictReader(io.StringIO(QApplication.clipboard().text()))
    assert line["Prediction"] == "a | b, c"
    assert float(line["mAP"]) == result.mAP
    assert float(line["Error"]) == result.error_rate
    assert line["Ranked by scores"] == "no"
    widget.form.markdown_button.click()
    table = QApplication.clipboard().text().splitlines()
    assert table[2].startswith(r"| a \| b, c | ")
    assert f"| {result.mAP:.3f} |" in table[2]


def test_saves_json_with_provenance(qtbot, open_score, random_pair, tmp_path):
    widget = open_score(*random_pair)
    viewer_of(widget).layers[1].metadata["cellbench"] = {"method": "stardist", "scores": None}
    wait_for(qtbot, widget, expected(*random_pair))
    widget.save(tmp_path / "scores.json")
    saved = json.loads((tmp_path / "scores.json").read_text())
    assert saved["truth"]["provenance"]["sample"] == "disks"
    (one,) = saved["predictions"]
    assert one["score"] == score(*random_pair).to_dict()
    assert one["provenance"] == {"method": "stardist"}
    assert saved["definitions"]["pq"]["source"]
    assert saved["region"] is None


def test_layers_of_different_size_are_named(qtbot, open_score):
    widget = open_score(disks(), disks()[:64, :100], disks(shift=1))
    wait_for(qtbot, widget, expected(disks(), disks(shift=1)), row=1)
    small = viewer_of(widget).layers[1]
    assert isinstance(widget.results[small], Failure)
    assert (
        "method 0: The truth is 128 x 128 pixels, the prediction 64 x 100"
        in widget.form.note.text()
    )
    assert row_of(widget, 0) == [""] * len(FIGURES)


def test_unticked_predictions_are_left_out(qtbot, open_score):
    widget = open_score(disks(), disks(), disks(shift=2))
    qtbot.waitUntil(lambda: len(widget.results) == 2, timeout=TIMEOUT)
    widget.form.table.item(0, 0).setCheckState(Qt.CheckState.Unchecked)
    qtbot.waitUntil(lambda: len(widget.results) == 1, timeout=TIMEOUT)
    wait_for(qtbot, widget, expected(disks(), disks(shift=2)), row=1)
    assert row_of(widget, 0) == [""] * len(FIGURES)


def test_empty_states_say_what_to_do(qtbot, open_score):
    widget = open_score(None)
    assert "Open an image" in widget.form.note.text()
    layer = viewer_of(widget).add_labels(disks())
    qtbot.waitUntil(lambda: "ground truth" in widget.form.note.text(), timeout=TIMEOUT)
    widget.form.truth.choose(layer)
    qtbot.waitUntil(lambda: "no prediction yet" in widget.form.note.text(), timeout=TIMEOUT)
    assert not widget.rows()


def test_truth_without_cells(qtbot, open_score):
    truth = np.zeros((64, 64), np.int32)
    prediction = disks([(20, 20)], shape=(64, 64))
    widget = open_score(truth, prediction)
    wait_for(qtbot, widget, expected(truth, prediction))
    assert "–" in row_of(widget)[1]
    assert "The truth has 0 cells." in widget.form.note.text()


def test_what_is_left_out(qtbot, open_score):
    truth, prediction = disks([(5, 5), (60, 60)]), disks([(5, 5), (60, 60), (100, 30)], shift=1)
    widget = open_score(truth, prediction)
    wait_for(qtbot, widget, expected(truth, prediction))
    widget.form.selection.choose(Selection(edge=2))
    qtbot.waitUntil(lambda: row_of(widget)[0] == "2", timeout=TIMEOUT)
    assert "outermost 2 pixels" in widget.form.note.text()
    (row,) = widget.rows()
    assert row.score.n_truth == score(truth, prediction, edge=2).n_truth == 1
    assert row.score.to_dict()["selection"]["edge"] == 2
    viewer_of(widget).layers[1].paint((60, 100), 9)
    qtbot.waitUntil(lambda: row_of(widget)[0] == "3", timeout=TIMEOUT)
    widget.form.selection.smallest.setValue(9)
    widget.form.selection.largest.setValue(3)
    assert "exchange the limits" in widget.form.note.text()


def test_a_plane_without_truth_is_not_scored(qtbot, open_score):
    """Two images in one stack, of which nobody annotated the second."""
    widget = open_score(None)
    for data, options, kind in read_layers(str(CASES / "plane_without_truth_scored")):
        getattr(viewer_of(widget), f"add_{kind}")(data, **options)
    truth = next(layer for layer in viewer_of(widget).layers if layer._type_string == "labels")
    found = np.stack([np.asarray(truth.data)[0]] * 2)
    viewer_of(widget).add_labels(found)
    viewer_of(widget).dims.set_point(0, 0)
    wait_for(qtbot, widget, expected(found[0], found[0]))
    viewer_of(widget).dims.set_point(0, 1)
    qtbot.waitUntil(lambda: "no truth for b" in widget.form.note.text(), timeout=TIMEOUT)
    assert not widget.rows()
    assert row_of(widget) == [""] * len(FIGURES)


def test_ranked_and_unranked_ap_are_not_compared(qtbot, open_score, random_pair):
    truth, prediction = random_pair
    widget = open_score(truth, truth)
    n = len(np.unique(prediction)) - 1
    for number in range(2):
        viewer_of(widget).add_labels(
            prediction if number else np.where(prediction % 3, prediction, 0),
            metadata={"cellbench": {"scores": np.ones(n).tolist() if number else None}},
        )
    qtbot.waitUntil(lambda: len(widget.rows()) == 3, timeout=TIMEOUT)
    bold = [widget.form.table.item(row, 2).font().bold() for row in range(3)]
    # The unranked ones are better, and one ranked alone is no comparison.
    assert bold == [False] * 3
    assert widget.form.table.item(0, 7).font().bold()


def test_layers_deleted_while_scoring(qtbot, open_score):
    widget = open_score(disks(), disks(shift=1), disks(shift=2))
    viewer = viewer_of(widget)
    widget.form.review.map_button.setChecked(True)
    viewer.layers.remove("method 0")
    wait_for(qtbot, widget, expected(disks(), disks(shift=2)))
    assert widget.form.table.rowCount() == 1
    viewer.layers.remove("truth")
    qtbot.waitUntil(lambda: "Choose the layer" in widget.form.note.text(), timeout=TIMEOUT)
    assert row_of(widget) == [""] * len(FIGURES)


def test_current_plane_of_a_stack(qtbot, open_score):
    truth = np.stack([disks(), disks(shift=1), disks(shift=2)])
    prediction = np.stack([disks(), disks(), disks()])
    widget = open_score(truth, prediction)
    viewer_of(widget).dims.set_point(0, 2)
    wait_for(qtbot, widget, expected(truth[2], prediction[2]))
    layer = viewer_of(widget).layers[1]
    layer.brush_size = 30
    layer.paint((2, 30, 30), 0)
    wait_for(qtbot, widget, expected(truth[2], layer.data[2]))
    viewer_of(widget).dims.set_point(0, 0)
    wait_for(qtbot, widget, expected(truth[0], prediction[0]))


def test_regions(qtbot, open_score):
    truth, prediction = disks(), disks(shift=2)
    widget = open_score(truth, prediction, scale=(2, 2))
    choose(widget.form.region, "drawn")
    assert "Draw a rectangle" in widget.form.note.text()
    corners = np.array([[0, 0], [0, 140], [140, 140], [140, 0]])
    viewer_of(widget).layers[SHAPE].add_rectangles(corners)
    wait_for(qtbot, widget, expected(truth[:70, :70], prediction[:70, :70]))
    layer = viewer_of(widget).layers[1]
    layer.fill((30, 30), 0)
    wait_for(qtbot, widget, expected(truth[:70, :70], layer.data[:70, :70]))
    viewer_of(widget).layers[0].corner_pixels = np.array([[0, 0], [49, 127]])
    choose(widget.form.region, "visible")
    wait_for(qtbot, widget, expected(truth[:50], layer.data[:50]))


def test_curves_are_those_of_the_results(qtbot, open_score, random_pair):
    widget = open_score(*random_pair)
    layer = viewer_of(widget).layers[1]
    wait_for(qtbot, widget, expected(*random_pair))
    result = widget.results[layer]
    assert isinstance(result, Result)
    against, curve = (plot.listDataItems()[0] for plot in widget.form.plot._plots())
    np.testing.assert_array_equal(against.getData()[1], result.score.f1)
    choose(widget.form.plot.metric, "recall")
    np.testing.assert_array_equal(against.getData()[1], result.score.recall)
    assert curve.getData()[1].mean() == pytest.approx(result.score.AP50)


def test_nothing_is_left_when_the_widget_closes(qtbot, open_score):
    widget = open_score(disks(), disks(shift=1))
    viewer, thread = viewer_of(widget), widget.scorer.thread_
    qtbot.waitUntil(lambda: bool(widget.results), timeout=TIMEOUT)
    viewer.window.remove_dock_widget(widget)
    qtbot.waitUntil(lambda: not thread.is_alive())
    viewer.layers[1].paint((5, 5), 3)
    viewer.layers.pop()
    viewer.add_labels(disks())
    assert "cellbench-score" not in {one.name for one in threading.enumerate()}


def test_a_forgotten_widget_dies_at_once(qtbot, make_napari_viewer):
    """It is in no reference cycle: nothing waits for the garbage collector."""
    viewer = make_napari_viewer()
    viewer.add_labels(disks(), metadata={"cellbench": {"truth": True}})
    viewer.add_labels(disks(shift=1))
    widget = ScoreWidget(viewer)
    thread, gone = widget.scorer.thread_, weakref.ref(widget)
    qtbot.waitUntil(lambda: bool(gone().results), timeout=TIMEOUT)
    gc.disable()
    try:
        widget.closing()
        del widget
        assert gone() is None
    finally:
        gc.enable()
    qtbot.waitUntil(lambda: not thread.is_alive())


def overlapping_cells() -> Instances:
    """Two disks of which the first covers a third of the second, and one apart."""
    masks = np.zeros((3, 128, 128), bool)
    for mask, centre in zip(masks, [(40, 40), (40, 55), (90, 90)], strict=True):
        mask[disk(centre, 14, shape=(128, 128))] = True
    return Instances.from_masks(masks, (128, 128))


def figures_of(result, mark: str = "¹") -> list[str]:
    return [figure.text(result) + (mark if figure.ranks else "") for figure in FIGURES]


def test_overlapping_truth_counts_exactly_until_it_is_edited(qtbot, open_score):
    truth = overlapping_cells()
    prediction = np.zeros((128, 128), np.int32)
    prediction[disk((40, 55), 14)] = 7
    widget = open_score(None, prediction)
    record = {"truth": True, "masks": list(truth.masks)}
    layer = viewer_of(widget).add_labels(truth.to_labels(), metadata={"cellbench": record})
    wait_for(qtbot, widget, figures_of(score(truth, prediction)))
    assert score(truth, prediction).f1[0] != score(truth.to_labels(), prediction, None).f1[-1]
    assert "Overlapping cells count whole" in widget.form.note.text()
    layer.fill((40, 60), 0)  # the second disk, as far as it is seen
    left = Instances.from_masks([truth.masks[0], truth.masks[2]], truth.shape)
    wait_for(qtbot, widget, figures_of(score(left, prediction)))
    layer.undo()
    wait_for(qtbot, widget, figures_of(score(truth, prediction)))


def test_masks_of_a_stack_in_a_region(qtbot, open_score):
    truth = overlapping_cells()
    labels = np.stack([np.zeros((128, 128), np.int32), truth.to_labels()])
    prediction = np.stack([disks(), disks(shift=20)])
    widget = open_score(None, prediction)
    record = {"truth": True, "masks": [[], list(truth.masks)]}
    layer = viewer_of(widget).add_labels(labels, metadata={"cellbench": record})
    viewer_of(widget).dims.set_point(0, 1)
    wait_for(qtbot, widget, figures_of(score(truth, prediction[1])))
    assert "plane that is shown is scored: 2 of 2" in widget.form.note.text()
    layer.corner_pixels = np.array([[0, 0, 0], [1, 69, 127]])
    choose(widget.form.region, "visible")
    masks = np.zeros((2, 70, 128), bool)
    for mask, centre in zip(masks, [(40, 40), (40, 55)], strict=True):
        mask[disk(centre, 14, shape=(70, 128))] = True
    cut = Instances.from_masks(masks, (70, 128))
    wait_for(qtbot, widget, figures_of(score(cut, prediction[1, :70])))


def test_scores_and_masks_of_a_prediction(qtbot, open_score):
    found = overlapping_cells()
    scores = [0.3, 0.9, 0.5]
    exact = Instances.from_masks(found.masks, found.shape, scores)
    truth = disks([(40, 55), (90, 90)], radius=14)
    widget = open_score(truth)
    record = {"masks": list(found.masks), "scores": scores}
    viewer_of(widget).add_labels(exact.to_labels(), metadata={"cellbench": record})
    wait_for(qtbot, widget, figures_of(score(truth, exact), mark=""))
    assert widget.form.table.item(0, RANKED).text() == "by score"


def test_crowd_regions_are_not_counted(qtbot, open_score):
    truth, prediction = disks(CENTRES[:3]), disks(shift=1)
    masks = np.zeros((1, 128, 128), bool)
    masks[0, 80:] = True
    crowds = Instances.from_masks(masks, (128, 128))
    widget = open_score(None, prediction)
    record = {"truth": True, "crowds": list(crowds.masks)}
    viewer_of(widget).add_labels(truth, metadata={"cellbench": record})
    wait_for(qtbot, widget, figures_of(score(truth, prediction, crowds=crowds)))
    assert row_of(widget)[0] == "3"
    assert "crowd regions is not counted" in widget.form.note.text()
    assert errors_in(widget) == []
    widget.form.review.map_button.setChecked(True)
    qtbot.waitUntil(lambda: widget.form.review.map.layer is not None, timeout=TIMEOUT)
    assert set(np.unique(widget.form.review.map.layer.data)) == {0, MATCHED}


def test_two_annotators_of_real_tissue(qtbot, open_score, shared):
    layers = read_layers(str(shared / "data" / "codex_tissue"))
    widget = open_score(None)
    for data, options, kind in layers:
        getattr(viewer_of(widget), f"add_{kind}")(data, **options)
    first, second = (layer for layer in viewer_of(widget).layers if layer._type_string == "labels")
    qtbot.waitUntil(lambda: widget.form.truth.layer() is first, timeout=TIMEOUT)
    item = widget.form.table.item(0, 0)
    assert item.checkState() == Qt.CheckState.Unchecked
    item.setCheckState(Qt.CheckState.Checked)
    both = agreement([(first.data, second.data)])
    text = f"{both.error_rate:.3f}"
    qtbot.waitUntil(lambda: text in widget.form.note.text(), timeout=TIMEOUT)
    said = widget.form.note.text()
    assert f"{both.swapped_error_rate:.3f} with the second" in said
    assert f"Half of it, {both.consensus_error_rate:.3f}" in said
    wait_for(qtbot, widget, expected(first.data, second.data))


def test_target_chooses_the_truth_and_its_predictions(qtbot, open_score):
    widget = open_score(None)
    assert not widget.form.target.isVisibleTo(widget)
    nuclei, cells = disks(radius=6), disks(radius=10)
    for name, data, own in (
        ("true nuclei", nuclei, {"truth": True, "target": "nucleus"}),
        ("true cells", cells, {"truth": True, "target": "whole_cell"}),
        ("found nuclei", nuclei, {"target": "nucleus"}),
        ("found cells", cells, {"target": "whole_cell"}),
    ):
        record = own | {"sample": "a"}
        viewer_of(widget).add_labels(data, name=name, metadata={"cellbench": record})
    layers = viewer_of(widget).layers
    qtbot.waitUntil(lambda: set(widget.results) == {layers["found nuclei"]}, timeout=TIMEOUT)
    target = widget.form.target
    assert target.isVisibleTo(widget)
    assert [target.itemText(row) for row in range(2)] == ["Nuclei", "Whole cells"]
    target.setCurrentIndex(1)
    target.activated.emit(1)
    qtbot.waitUntil(lambda: set(widget.results) == {layers["found cells"]}, timeout=TIMEOUT)
    assert widget.form.truth.layer() is layers["true cells"]
    widget.form.truth.choose(layers["true nuclei"])
    qtbot.waitUntil(lambda: target.currentData() == "nucleus", timeout=TIMEOUT)


@pytest.mark.filterwarnings("ignore:projection mode")
def test_float_labels_are_an_image_for_napari(qtbot, open_score):
    """They can't be chosen; the panel says how they become labels."""
    widget = open_score(None)
    with pytest.raises(TypeError, match="integer"):
        viewer_of(widget).add_labels(disks().astype(float))
    image = viewer_of(widget).add_image(disks().astype(float))
    qtbot.waitUntil(lambda: "Convert to Labels" in widget.form.note.text(), timeout=TIMEOUT)
    assert not widget.form.truth.layers()
    image.name = "truth"
    _convert_to_labels(viewer_of(widget).layers)
    qtbot.waitUntil(lambda: len(widget.form.truth.layers()) == 1, timeout=TIMEOUT)


def test_a_volume_in_3d_is_scored_by_plane(qtbot, open_score):
    truth = np.stack([disks(), disks(shift=1)])
    prediction = np.stack([disks(shift=2), disks()])
    widget = open_score(truth, prediction)
    viewer_of(widget).dims.ndisplay = 3
    viewer_of(widget).dims.set_point(0, 1)
    wait_for(qtbot, widget, expected(truth[1], prediction[1]))
    viewer_of(widget).dims.ndisplay = 2  # napari goes to the first plane
    wait_for(qtbot, widget, expected(truth[0], prediction[0]))
    viewer_of(widget).dims.set_point(0, 1)
    layer = viewer_of(widget).layers[1]
    layer.n_edit_dimensions = 3
    layer.fill((1, 30, 30), 0)
    wait_for(qtbot, widget, expected(truth[1], layer.data[1]))


def test_the_preview_of_the_adjust_widget_is_scored(qtbot, open_score):
    truth, small = disks(radius=10), disks(radius=7)
    widget = open_score(truth, small)
    viewer = viewer_of(widget)
    adjust = AdjustWidget(viewer)
    try:
        adjust.form.layer.choose(viewer.layers["method 0"])
        for distance in (2, 3):
            adjust.form.distance.slider.setValue(distance)
            wait_for(qtbot, widget, expected(truth, expand_labels(small, distance)), row=0)
        assert widget.form.table.item(0, 0).text() == PREVIEW
        wait_for(qtbot, widget, expected(truth, small), row=1)
        qtbot.waitUntil(lambda: not adjust.job.busy, timeout=TIMEOUT)
    finally:
        adjust.closing()


def test_plots_follow_the_theme(qtbot, open_score):
    widget = open_score(disks(), disks(shift=1))
    plot = widget.form.plot
    for name in ("light", "dark"):
        viewer_of(widget).theme = name
        shown = plot.against_iou.backgroundBrush().color().name()
        assert shown == get_theme(name).background.as_hex().lower()


def test_no_other_qt_binding_is_imported(tmp_path):
    """Pyqtgraph takes the first binding that it finds, unless told: here all can be imported."""
    for name in {"PyQt5", "PyQt6", "PySide2", "PySide6"} - {API_NAME}:
        (tmp_path / f"{name}.py").touch()
    script = Path(__file__).with_name("open_widgets.py")
    found = subprocess.run(
        [sys.executable, str(script), "bindings"],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env={**os.environ, "QT_API": API, "PYTHONPATH": str(tmp_path)},
    )
    assert found.returncode == 0, found.stderr[-2000:]
    assert found.stdout.split() == ["bindings:", API_NAME]


def test_masks_without_ids_are_split_on_request(qtbot, open_score, tmp_path, capsys):
    """As `cellbench score` with the same options; edits, errors and the error map follow."""
    mask, found = ((disks(shift=shift) > 0).astype(np.uint8) * 255 for shift in (0, 3))
    widget = open_score(mask, found, disks(shift=2))
    ticks, note = widget.form.pieces.ticks, widget.form.note
    wait_for(qtbot, widget, expected(mask, found))
    assert not ticks["truth"].isHidden()
    assert not ticks["prediction"].isHidden()
    assert "The truth is 1 object in 5 pieces: a mask without ids?" in note.text()

    def scored(*options: str) -> dict[str, Any]:
        files = [str(tmp_path / "truth.tif"), str(tmp_path / "found.tif")]
        for path, labels in zip(files, (mask, found), strict=True):
            tifffile.imwrite(path, labels)
        assert main(["score", *files, *options, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    for tick in ticks.values():
        tick.setChecked(True)
    options = ("--binary-truth", "components", "--binary-prediction", "components")
    figures = scored(*options)
    qtbot.waitUntil(lambda: row_of(widget)[0] == "5", timeout=TIMEOUT)
    row, other = widget.rows()
    for name in ("mAP", "f1", "pq", "n_truth", "n_prediction", "splits"):
        assert row.score.to_dict()[name] == figures[name], name
    assert "The truth's connected pieces are taken for its objects: 5." in figures["notes"]
    assert "The truth's connected pieces are taken for its objects: 5." in note.text()
    assert "prediction's connected pieces" not in " ".join(other.score.notes)

    layer = viewer_of(widget).layers["method 0"]
    layer.fill((64, 60), 0)
    qtbot.waitUntil(lambda: row_of(widget)[0] == "4", timeout=TIMEOUT)
    widget.form.review.map_button.setChecked(True)
    errors = widget.form.review.list.errors
    qtbot.waitUntil(lambda: [one.kind for one in errors.errors] == ["missed"], timeout=TIMEOUT)
    widget.form.review.list.selectRow(0)
    assert viewer_of(widget).scene.camera.center[-2:] == pytest.approx((64, 60), abs=1)
    shown = widget.form.review.map
    qtbot.waitUntil(lambda: shown.layer is not None, timeout=TIMEOUT)
    assert shown.layer.data[64, 60] == MISSED
    assert shown.layer.data[30, 21] == MATCHED

    ticks["truth"].setChecked(False)
    ticks["prediction"].setChecked(False)
    wait_for(qtbot, widget, expected(mask, layer.data))
    widget.form.truth.choose(viewer_of(widget).layers["method 1"])
    qtbot.waitUntil(ticks["truth"].isHidden, timeout=TIMEOUT)


def test_splits_and_merges_by_both_rules(qtbot, open_score):
    """A large piece that matches its cell is no split by deepcell's rule."""
    truth, prediction = np.zeros((2, 40, 60), np.int32)
    truth[2:12, 2:12] = 1
    prediction[2:12, 2:10], prediction[2:12, 10:12] = 1, 2
    truth[2:12, 30:40] = 2
    prediction[2:7, 30:40], prediction[7:12, 30:40] = 3, 4
    truth[20:25, 2:12], truth[25:30, 2:12] = 3, 4
    prediction[20:30, 2:12] = 5
    widget = open_score(truth, prediction)
    rules = widget.form.review.rules
    choose(widget.form.review.iou, 0.6)
    text = (
        "Splits and merges: 1 and 1 by deepcell’s rule, 2 and 1 by the Data Science Bowl’s "
        "(IoU > 0.1). "
    )
    qtbot.waitUntil(lambda: rules.text().startswith(text), timeout=TIMEOUT)
    outlines = boundary_score(truth, prediction, tolerance=2)
    assert rules.text().endswith(f"boundary F {outlines.f:.3f} (within 2 px).")
    found = score(truth, prediction)
    assert (found.splits, found.merges) == (2, 1)
    assert "Caicedo et al. 2019" in rules.toolTip()
    assert "deepcell-toolbox" in rules.toolTip()
