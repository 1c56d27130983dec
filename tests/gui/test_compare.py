"""The Compare widget in a real napari window, with real worker processes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from napari.utils.notifications import notification_manager
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QMessageBox
from skimage.measure import label

from napari_cellbench.cli import main
from napari_cellbench.compare import State
from napari_cellbench.compare.cache import ResultCache
from napari_cellbench.engine import Entry
from napari_cellbench.methods.registry import get_method
from napari_cellbench.scoring import DatasetScorer, score
from napari_cellbench.widgets.compare.entry_model import STATE_TEXT
from napari_cellbench.widgets.compare.widget import CompareWidget
from napari_cellbench.widgets.gallery.widget import GalleryWidget
from napari_cellbench.widgets.score.widget import ScoreWidget
from napari_cellbench.widgets.segment.widget import SegmentWidget
from napari_cellbench.widgets.two_lines import SUBTITLE

from ..left_overs import still_running

TIMEOUT = 120_000
LOW = Entry("watershed", parameters={"correction": 0.8})
STRICT = Entry("watershed", parameters={"min_size": 10_000})


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> ResultCache:
    """A cache of the test's own."""
    monkeypatch.setenv("CELLBENCH_CACHE", str(tmp_path / "cache"))
    return ResultCache()


@pytest.fixture
def misbehaving(with_misbehaving):
    """Return a function that makes an entry which does what `misbehaving.py` says."""

    def entry(how: str, seconds: float = 0.0) -> Entry:
        return Entry("misbehaving", parameters={"how": how, "seconds": seconds}, name=how)

    return entry


@pytest.fixture
def open_compare(make_napari_viewer, qtbot):
    """Return a function that opens a viewer with an image, perhaps its truth, and the widget."""
    made: list[CompareWidget] = []

    def open_(image=None, truth=None, **options) -> CompareWidget:
        viewer = make_napari_viewer()
        if image is not None:
            own = {"cellbench": {"sample": "blobs", "role": "nucleus"}}
            viewer.add_image(image, name="cells", metadata=own, **options)
        if truth is not None:
            own = {"cellbench": {"sample": "blobs", "truth": True}}
            viewer.add_labels(truth, name="truth", metadata=own, **options)
        _, widget = viewer.window.add_plugin_dock_widget("napari-cellbench", "Compare")
        made.append(widget)
        return widget

    yield open_
    for widget in made:
        widget.closing()
        run = widget.session.current_run
        if run is not None:
            qtbot.waitUntil(lambda run=run: not run.is_running, timeout=TIMEOUT)
        widget.session.queue.release()


def viewer_of(widget: CompareWidget) -> Any:
    """Return napari's viewer itself: plugins get a proxy, which hands out proxies of layers."""
    return widget.viewer.__wrapped__


def run(qtbot, widget: CompareWidget, *entries: Entry) -> None:
    """Add entries, press Run and wait for the end."""
    widget.methods.entries.add(entries)
    widget.methods.runs.run_button.click()
    finish(qtbot, widget)


def finish(qtbot, widget: CompareWidget) -> None:
    qtbot.waitUntil(lambda: widget.session.current_run is None, timeout=TIMEOUT)


def states(widget: CompareWidget) -> list[State]:
    return [item.status.state for item in widget.results.items()]


def layers_of(widget: CompareWidget) -> list[Any]:
    return [item.layer for item in widget.results.done()]


def settle(qtbot, widget: CompareWidget) -> None:
    """Wait for the table."""
    qtbot.waitUntil(lambda: widget.table.figures.is_settled, timeout=TIMEOUT)


def cell(widget: CompareWidget, row: int, title: str) -> str:
    """Return what stands in the table."""
    model = widget.table.table.model()
    for column in range(1, model.columnCount()):
        header = model.headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole)
        if header.replace("\n", " ") == title:
            return model.index(row, column).data()
    raise AssertionError(f"no column {title}")


def messages() -> list[str]:
    return [record.message for record in notification_manager.records]


def test_each_result_is_a_layer_on_the_image(qtbot, open_compare, blobs):
    widget = open_compare(blobs, scale=(0.5, 0.5), translate=(3, 4))
    run(qtbot, widget, Entry("watershed"), LOW, STRICT)
    assert states(widget) == [State.DONE] * 3
    names = [item.name for item in widget.results.items()]
    assert names[0] == "Classical watershed"
    assert names[1] == "Classical watershed · Threshold correction 0.8"
    for layer, name in zip(layers_of(widget), names, strict=True):
        assert layer.name == f"{name} · cells"
        np.testing.assert_array_equal(layer.scale, (0.5, 0.5))
        np.testing.assert_array_equal(layer.translate, (3, 4))
        assert layer.metadata["cellbench"]["method"] == "watershed"
    assert [layer.data.max() for layer in layers_of(widget)] == [5, 5, 0]


def test_states_and_progress_are_shown(qtbot, open_compare, misbehaving, blobs):
    widget = open_compare(blobs)
    model = widget.methods.entries
    model.add([misbehaving("slow", 3), misbehaving("well")])
    seen: list[str] = []
    widget.session.moved.connect(lambda line: seen.append(model.index(0, 0).data(STATE_TEXT)))
    widget.methods.runs.run_button.click()
    assert not widget.methods.runs.run_button.isEnabled()
    finish(qtbot, widget)
    percents = [int(text[:-1]) for text in seen if text.endswith("%")]
    assert len(percents) > 5
    assert percents == sorted(percents)
    assert re.fullmatch(r"1 cell · \d+\.\d s", model.index(0, 0).data(STATE_TEXT))
    assert widget.methods.runs.run_button.isEnabled()
    widget.methods.runs.run_button.click()
    finish(qtbot, widget)
    assert model.index(0, 0).data(STATE_TEXT) == "1 cell · from cache"
    assert len(widget.results.items()) == 2


@pytest.mark.parametrize(
    ("how", "word"),
    [
        ("segfault", "ended unexpectedly"),
        ("exit", "ended unexpectedly"),
        ("memory_error", "memory"),
        ("gpu_memory", "memory"),
        ("fail", "no such layer"),
        ("wrong_shape", "shape"),
    ],
)
def test_failure_is_said_and_the_next_one_goes_on(
    qtbot, open_compare, misbehaving, blobs, how, word
):
    widget = open_compare(blobs)
    run(qtbot, widget, misbehaving(how), Entry("watershed"))
    assert states(widget) == [State.FAILED, State.DONE]
    failed = widget.results.items()[0]
    assert word in failed.status.message
    assert any(how in message and word in message for message in messages())
    assert word in widget.methods.entries.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    settle(qtbot, widget)
    assert cell(widget, 0, "Cells") == ""
    assert cell(widget, 1, "Cells") == "5"


def test_cancel_one_and_all(qtbot, open_compare, misbehaving, blobs):
    widget = open_compare(blobs)
    slow = misbehaving("slow", 60)
    widget.methods.entries.add([slow, Entry("watershed")])
    widget.methods.runs.run_button.click()
    qtbot.waitUntil(lambda: State.RUNNING in states(widget), timeout=TIMEOUT)
    widget.methods.panel.list.choose(0)
    assert widget.methods.cancel_one_button.isEnabled()
    widget.methods.cancel_one_button.click()
    finish(qtbot, widget)
    assert states(widget) == [State.CANCELLED, State.DONE]

    widget.methods.runs.run_button.click()
    qtbot.waitUntil(lambda: State.RUNNING in states(widget), timeout=TIMEOUT)
    began = time.monotonic()
    widget.methods.runs.cancel_button.click()
    finish(qtbot, widget)
    assert time.monotonic() - began < 10
    assert State.CANCELLED in states(widget)


def test_image_closed_during_the_queue(qtbot, open_compare, misbehaving, blobs):
    widget = open_compare(blobs, scale=(3, 3))
    widget.methods.entries.add([misbehaving("slow", 2), Entry("watershed")])
    widget.methods.runs.run_button.click()
    qtbot.waitUntil(lambda: State.RUNNING in states(widget), timeout=TIMEOUT)
    viewer_of(widget).layers.remove("cells")
    finish(qtbot, widget)
    assert states(widget) == [State.DONE] * 2
    assert layers_of(widget)[1].data.max() == 5
    np.testing.assert_array_equal(layers_of(widget)[1].scale, (3, 3))
    settle(qtbot, widget)
    assert cell(widget, 1, "Cells") == "5"


def test_dock_closed_during_the_queue(qtbot, open_compare, misbehaving, blobs):
    widget = open_compare(blobs)
    widget.methods.entries.add([Entry("watershed"), misbehaving("deaf", 60)])
    widget.methods.runs.run_button.click()
    qtbot.waitUntil(lambda: states(widget)[1] is State.RUNNING, timeout=TIMEOUT)
    current = widget.session.current_run
    viewer_of(widget).window.remove_dock_widget(widget.parent())
    qtbot.waitUntil(lambda: not current.is_running, timeout=10_000)


def test_napari_closed_during_the_queue(tmp_path, misbehaving, cache):
    """The process ends by itself, so do its workers; what was finished is in the cache."""
    report = tmp_path / "report.json"
    script = Path(__file__).with_name("close_during_compare.py")
    began = time.monotonic()
    ended = subprocess.run(
        [sys.executable, str(script), str(report)],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    said = json.loads(report.read_text())
    assert said["states"] == ["done", "running"]
    assert time.monotonic() - began < said["seconds"], "waited for what ran"
    assert not still_running(said["workers"])
    assert cache.size() > 0
    assert "Traceback" not in ended.stderr


def test_figures_equal_score_and_follow_edits(qtbot, open_compare, blobs):
    widget = open_compare(blobs)
    run(qtbot, widget, Entry("watershed"), LOW)
    settle(qtbot, widget)
    first, second = layers_of(widget)
    assert cell(widget, 0, "Cells") == "5"
    areas = [np.count_nonzero(first.data == label) for label in range(1, 6)]
    assert cell(widget, 0, "Area (px)") == f"{np.median(areas):.0f}"

    truth = viewer_of(widget).add_labels(first.data.copy(), name="truth")
    widget.methods.truth.choose(truth)
    settle(qtbot, widget)

    def check() -> None:
        settle(qtbot, widget)
        expected = score(truth.data, second.data)
        assert cell(widget, 1, "F1@.5") == f"{expected.f1[0]:.3f}"
        assert cell(widget, 1, "mAP") == f"{expected.mAP:.3f}"
        assert cell(widget, 1, "PQ") == f"{expected.pq:.3f}"
        assert cell(widget, 0, "AP50") == f"{score(truth.data, first.data).AP50:.3f}"

    check()
    assert cell(widget, 0, "mAP") == "1.000"
    second.fill((64, 60), 0)
    check()
    assert cell(widget, 1, "Cells") == "4"
    truth.data = np.where(truth.data == 1, 0, truth.data)
    check()
    model, across = widget.table.table.model(), Qt.Orientation.Horizontal
    tips = {
        model.headerData(column, across): model.headerData(
            column, across, Qt.ItemDataRole.ToolTipRole
        )
        for column in range(model.columnCount())
    }
    assert "Panoptic quality" in tips["PQ"]
    assert "Data Science Bowl" in tips["Merges"]


def test_area_is_in_micrometres_where_the_scale_is_known(qtbot, open_compare, blobs):
    widget = open_compare(blobs, scale=(0.5, 0.5), units=("micrometer",) * 2)
    run(qtbot, widget, Entry("watershed"))
    settle(qtbot, widget)
    (layer,) = layers_of(widget)
    areas = [np.count_nonzero(layer.data == label) for label in range(1, 6)]
    assert cell(widget, 0, "Area (µm²)") == f"{np.median(areas) / 4:.1f}"


def test_truth_of_another_size_is_said(qtbot, open_compare, blobs):
    widget = open_compare(blobs, blobs[:64].astype(np.int32) * 0)
    run(qtbot, widget, Entry("watershed"))
    settle(qtbot, widget)
    assert cell(widget, 0, "Cells") == "5"
    assert "64 x 128" in widget.table.note.text()


def test_region_and_stack(qtbot, open_compare, blobs):
    stack = np.stack([blobs * 0, blobs, np.roll(blobs, 9, 1)])
    widget = open_compare(stack)
    viewer_of(widget).dims.set_point(0, 1)
    run(qtbot, widget, Entry("watershed"))
    (layer,) = layers_of(widget)
    assert [plane.max() for plane in layer.data] == [0, 5, 0]
    widget.methods.where.every_plane.setChecked(True)
    widget.methods.runs.run_button.click()
    finish(qtbot, widget)
    (layer,) = layers_of(widget)
    assert [plane.max() for plane in layer.data] == [0, 5, 5]
    settle(qtbot, widget)
    assert cell(widget, 0, "Cells") == "10"
    viewer_of(widget).layers["cells"].corner_pixels = np.array([[0, 0, 0], [2, 63, 127]])
    region = widget.methods.where.region
    region.setCurrentIndex(region.findData("visible"))
    widget.methods.runs.run_button.click()
    finish(qtbot, widget)
    (layer,) = layers_of(widget)
    assert layer.metadata["cellbench"]["region"] == [[0, 64], [0, 128]]


def test_edited_result_survives_another_run(qtbot, open_compare, blobs):
    widget = open_compare(blobs)
    run(qtbot, widget, Entry("watershed"))
    (layer,) = layers_of(widget)
    layer.fill((64, 60), 0)
    mine = layer.data.copy()
    widget.methods.runs.run_button.click()
    finish(qtbot, widget)
    assert [item.name for item in widget.results.items()] == [
        "Classical watershed",
        "Classical watershed (2)",
    ]
    np.testing.assert_array_equal(layers_of(widget)[0].data, mine)
    assert layers_of(widget)[1].data.max() == 5


def test_another_image_begins_anew_and_keeps_the_layers(qtbot, open_compare, blobs):
    widget = open_compare(blobs)
    run(qtbot, widget, Entry("watershed"))
    (former,) = layers_of(widget)
    other = viewer_of(widget).add_image(np.flipud(blobs), name="other")
    widget.methods.images.boxes["nucleus"].choose(other)
    widget.methods.runs.run_button.click()
    finish(qtbot, widget)
    (layer,) = layers_of(widget)
    assert layer is not former
    assert former in viewer_of(widget).layers
    assert widget.results.images["nucleus"] is other


def test_list_of_entries(qtbot, open_compare, blobs, tmp_path):
    widget = open_compare(blobs)
    panel = widget.methods.panel
    assert not panel.edit_button.isEnabled()
    panel.bundled_button.click()
    ticks = {line.entry.checkpoint: line.ticked for line in panel.entries.lines}
    assert ticks["stardist-nuclei-fluo"]
    assert not ticks["cellpose-phase-contrast"]
    count = len(ticks)
    panel.bundled_button.click()
    assert len(panel.entries.lines) == count
    panel.list.choose(count - 1)
    panel.duplicate_button.click()
    panel.up_button.click()
    assert panel.list.row() == count - 1
    panel.entries.change(count - 1, LOW)
    assert [line.entry for line in panel.entries.lines[-2:]] == [LOW, Entry("watershed")]
    panel.save_preset(tmp_path / "mine.json")
    for _ in range(count + 1):
        panel.list.choose(0)
        panel.remove_button.click()
    assert not widget.methods.runs.run_button.isEnabled()
    panel.open_preset(tmp_path / "mine.json")
    assert [line.entry for line in panel.entries.lines[-2:]] == [LOW, Entry("watershed")]
    (tmp_path / "broken.json").write_text("{")
    panel.open_preset(tmp_path / "broken.json")
    assert "broken.json" in messages()[-1]


def test_edit_dialog(qtbot, open_compare, blobs):
    widget = open_compare(blobs)
    widget.methods.entries.add([Entry("watershed", parameters={"correction": 0.8})])
    widget.methods.panel.edit(0)
    dialog = QApplication.activeModalWidget()
    assert dialog.form.method.currentData() == "watershed"
    assert dialog.entry() == LOW
    dialog.form.parameters.set_values({"min_size": 7})
    dialog.name.setText("mine")
    dialog.accept()
    changed = widget.methods.entries.lines[0].entry
    assert changed == Entry("watershed", None, {"correction": 0.8, "min_size": 7}, "auto", "mine")


def test_method_without_its_package_is_left_out(qtbot, open_compare, blobs, monkeypatch):
    monkeypatch.setattr(type(get_method("watershed")), "requires", ("no_such_package",))
    widget = open_compare(blobs)
    widget.methods.entries.add([Entry("watershed")])
    index = widget.methods.entries.index(0, 0)
    assert "pip install no_such_package" in index.data(SUBTITLE)
    assert index.data(Qt.ItemDataRole.ForegroundRole) is not None
    assert not widget.methods.runs.run_button.isEnabled()


def test_grid_comes_with_the_first_of_several_results(qtbot, open_compare, misbehaving, blobs):
    widget = open_compare(blobs, (blobs > 200).astype(np.int32))
    bar, viewer = widget.table.bar, viewer_of(widget)
    assert not bar.grid_button.isEnabled()
    widget.methods.entries.add([Entry("watershed"), misbehaving("slow", 2), LOW])
    widget.methods.runs.run_button.click()
    qtbot.waitUntil(lambda: bar.grid.shown, timeout=TIMEOUT)
    assert State.DONE in states(widget)
    assert State.WAITING in states(widget) or State.RUNNING in states(widget)
    finish(qtbot, widget)
    settle(qtbot, widget)
    assert viewer.canvas.grid.enabled
    assert bar.grid_button.isChecked()
    figures = score((blobs > 200).astype(np.int32), layers_of(widget)[0].data)
    title = bar._title(widget.results.items()[0])
    assert title == (
        f"Classical watershed\n5 cells  ·  AP50 {figures.AP50:.2f}  ·  F1 {figures.f1[0]:.2f}"
    )
    bar.mode_buttons["filled"].click()
    assert bar.grid.mode == "filled"
    bar.mode_buttons["error map"].click()
    assert bar.grid.mode == "error map"
    widget.methods.truth.choose(None)
    assert bar.grid.mode == "outlines"
    assert bar.mode_buttons["outlines"].isChecked()
    assert not bar.mode_buttons["error map"].isEnabled()
    bar.grid_button.click()
    assert not viewer.canvas.grid.enabled
    # One result alone: all of them filled would hide each other.
    assert [layer.visible for layer in layers_of(widget)] == [True, False, False]
    assert viewer.layers.selection.active is layers_of(widget)[0]
    # Who has switched it off doesn't get it again with the next results of the same run.
    viewer.canvas.grid.enabled = False
    assert not bar.grid_button.isChecked()


def test_every_tab_opens_and_goes(qtbot, open_compare, blobs):
    widget = open_compare(blobs, (blobs > 200).astype(np.int32))
    run(qtbot, widget, Entry("watershed"), LOW)
    titles = [widget.tabs.tabText(i) for i in range(widget.tabs.count())]
    assert titles == ["Methods", "Results", "Agreement", "Cells", "Robustness"]
    assert widget.agreement.content is None
    for number in range(5):
        widget.tabs.setCurrentIndex(number)
    assert widget.agreement.content is not None
    assert widget.robustness.content.runs.run_button.isEnabled()
    viewer = viewer_of(widget)
    viewer.window.remove_dock_widget(widget.parent())
    assert not viewer.canvas.grid.enabled
    assert len(viewer.layers) == 4
    viewer.layers.clear()


def test_menu_of_a_result(qtbot, open_compare, blobs, tmp_path, monkeypatch):
    truth = (blobs > 200).astype(np.int32)
    widget = open_compare(blobs, truth)
    run(qtbot, widget, Entry("watershed"), LOW, STRICT)
    settle(qtbot, widget)
    viewer, actions = viewer_of(widget), widget.table.actions
    first, second, third = widget.results.items()
    widget.table.bar.stack()
    widget.table.table.choose(second)
    assert viewer.layers.selection.active is second.layer
    assert [item.layer.visible for item in (first, second, third)] == [False, True, False]
    viewer.layers.selection.active = third.layer
    assert widget.table.table.item() is third

    path = tmp_path / "cells.tif"
    actions.export(first, str(path))
    qtbot.waitUntil(path.exists, timeout=TIMEOUT)
    np.testing.assert_array_equal(tifffile.imread(path), first.layer.data)

    actions.correct(second)
    assert viewer.layers.selection.active is second.layer
    assert second.layer.mode == "paint"
    assert second.layer.visible
    assert not first.layer.visible
    assert not viewer.layers["truth"].visible
    scoring = [w for w in viewer.window.dock_widgets.values() if isinstance(w, ScoreWidget)]
    assert scoring[0].form.table.focus() is second.layer

    kept, dropped = first.layer, third.layer
    actions.keep(first)
    actions.drop(third)
    assert kept in viewer.layers
    assert dropped not in viewer.layers
    assert widget.results.items() == [second]
    second.layer.fill((64, 60), 0)
    answers = iter([QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Yes])
    monkeypatch.setattr(QMessageBox, "question", lambda *_: next(answers))
    actions.drop(second)
    assert widget.results.items() == [second]
    actions.drop(second)
    assert not widget.results.items()
    scoring[0].closing()


def test_layer_that_the_user_removes_is_no_result(qtbot, open_compare, blobs):
    widget = open_compare(blobs)
    run(qtbot, widget, Entry("watershed"), LOW)
    viewer_of(widget).layers.remove(layers_of(widget)[0])
    assert [item.entry for item in widget.results.items()] == [LOW]
    settle(qtbot, widget)
    assert widget.table.table.model().rowCount() == 1


def test_layers_are_taken_in(qtbot, open_compare, blobs):
    widget = open_compare(blobs)
    by_hand = (blobs > 200).astype(np.int32)
    layer = viewer_of(widget).add_labels(by_hand, name="by hand")
    widget.methods.take_button.click()
    dialog = QApplication.activeModalWidget()
    dialog.list.item(0).setCheckState(Qt.CheckState.Checked)
    dialog.accept()
    (item,) = widget.results.items()
    assert item.layer is layer
    assert widget.results.images["nucleus"].name == "cells"
    settle(qtbot, widget)
    assert cell(widget, 0, "Cells") == "1"


def test_table_sorts_and_is_copied(qtbot, open_compare, blobs):
    widget = open_compare(blobs)
    run(qtbot, widget, LOW, STRICT, Entry("watershed", parameters={"diameter": 6.0}))
    settle(qtbot, widget)
    table = widget.table.table
    table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    counts = [int(cell(widget, row, "Cells")) for row in range(3)]
    assert counts == sorted(counts, reverse=True)
    widget.table.csv_button.click()
    lines = QApplication.clipboard().text().splitlines()
    assert lines[0].startswith("Result,Cells,Area (px)")
    assert len(lines) == 4
    widget.table.markdown_button.click()
    assert QApplication.clipboard().text().startswith("| Result | Cells |")


def test_report_is_written(qtbot, open_compare, blobs, tmp_path):
    widget = open_compare(blobs, (blobs > 200).astype(np.int32))
    run(qtbot, widget, Entry("watershed"), LOW)
    layers_of(widget)[1].fill((64, 60), 0)
    path = tmp_path / "report.html"
    widget.table.report(path)
    qtbot.waitUntil(path.exists, timeout=TIMEOUT)
    text = path.read_text()
    assert "Threshold correction 0.8" in text
    assert text.lower().count("corrected by hand") == 2


def test_clear_cache(qtbot, open_compare, blobs, cache):
    widget = open_compare(blobs)
    qtbot.waitUntil(lambda: not widget.methods.cache_button.isEnabled(), timeout=TIMEOUT)
    run(qtbot, widget, Entry("watershed"))
    qtbot.waitUntil(lambda: "MB" in widget.methods.cache_button.text(), timeout=TIMEOUT)
    widget.methods.cache_button.click()
    qtbot.waitUntil(lambda: not widget.methods.cache_button.isEnabled(), timeout=TIMEOUT)
    assert cache.size() == 0


def test_add_from_segment_and_gallery(qtbot, make_napari_viewer, blobs):
    viewer = make_napari_viewer()
    viewer.add_image(blobs)
    _, segment = viewer.window.add_plugin_dock_widget("napari-cellbench", "Segment")
    assert isinstance(segment, SegmentWidget)
    segment.form.method.choose("watershed")
    segment.form.parameters.set_values({"correction": 0.8})
    segment.compare_button.click()
    _, gallery = viewer.window.add_plugin_dock_widget("napari-cellbench", "Gallery")
    assert isinstance(gallery, GalleryWidget)
    gallery.table.choose("stardist-nuclei-fluo")
    gallery.details.compare_button.click()
    (compare,) = [w for w in viewer.window.dock_widgets.values() if isinstance(w, CompareWidget)]
    entries = [line.entry for line in compare.methods.entries.lines]
    assert entries == [LOW, Entry("stardist", "stardist-nuclei-fluo")]
    segment.closing()
    compare.closing()


def test_what_is_left_out_is_left_out_of_every_figure(qtbot, open_compare, blobs, tmp_path, capsys):
    """As `cellbench score` with the same options; said in the table, its copies and the report."""
    truth = label(blobs > 200).astype(np.int32)
    truth[0:9, 60:70], truth[120:123, 5:8] = 6, 7
    widget = open_compare(blobs, truth)
    box = widget.table.selection
    assert not box.isHidden()
    run(qtbot, widget, Entry("watershed"))
    settle(qtbot, widget)
    (layer,) = layers_of(widget)
    before = cell(widget, 0, "F1@.5")
    box.edge.setValue(2)
    box.smallest.setValue(20)
    settle(qtbot, widget)
    files = tmp_path / "truth.tif", tmp_path / "found.tif"
    for path, labels in zip(files, (truth, layer.data), strict=True):
        tifffile.imwrite(path, labels.astype(np.uint16))
    options = ["--leave-out-edge", "2", "--smallest", "20", "--json"]
    assert main(["score", *map(str, files), *options]) == 0
    expected = json.loads(capsys.readouterr().out)
    assert expected["n_truth"] == 5
    (shown,) = widget.table.figures.rows()
    for name in ("mAP", "f1", "pq", "n_truth", "n_prediction"):
        found = shown[1].score.to_dict()[name]
        assert found == expected[name], name
    assert cell(widget, 0, "F1@.5") == f"{expected['f1'][0]:.3f}" != before
    said = "outermost 2 pixels of the image, and those of fewer than 20 pixels"
    assert said in widget.table.note.text()
    for button in (widget.table.csv_button, widget.table.markdown_button):
        button.click()
        assert said in QApplication.clipboard().text()
    path = tmp_path / "report.html"
    widget.table.report(path)
    qtbot.waitUntil(path.exists, timeout=TIMEOUT)
    report = path.read_text("utf-8")
    assert said in report
    assert "7 objects, 5 of them scored" in report
    assert "--truth LABELS --leave-out-edge 2 --smallest 20" in report
    box.largest.setValue(3)
    assert "exchange the limits" in widget.table.note.text()
    assert said in widget.table.note.text()


def test_planes_without_truth_are_left_out_and_said(qtbot, open_compare, blobs, tmp_path):
    found = np.where(blobs > 200, 1, 0)
    truth = np.stack([found * 0, found, np.roll(found, 4, 1), found * 0])
    own = {"truth": True, "sample": "blobs", "samples": list("abcd")}
    widget = open_compare(np.stack([blobs] * 4))
    layer = viewer_of(widget).add_labels(truth, name="truth")
    layer.metadata["cellbench"] = own | {"truth_planes": [False, True, True, False]}
    widget.methods.truth.choose(layer)
    widget.methods.where.every_plane.setChecked(True)
    run(qtbot, widget, Entry("watershed"))
    settle(qtbot, widget)
    (result,) = layers_of(widget)
    scorer = DatasetScorer()
    for plane in (1, 2):
        scorer.add(truth[plane], result.data[plane])
    expected = scorer.result().pooled
    ((_, row),) = widget.table.figures.rows()
    assert (row.score.f1, row.score.n_prediction) == (expected.f1, 10)
    assert "2 of 4 planes have truth" in widget.table.note.text()
    viewer_of(widget).dims.set_point(0, 3)
    path = tmp_path / "report.html"
    widget.table.report(path)
    qtbot.waitUntil(path.exists, timeout=TIMEOUT)
    assert "2 of 4 planes have truth" in path.read_text("utf-8")

    widget.tabs.setCurrentWidget(widget.cells)
    text = widget.cells.content.form.pages.text
    qtbot.waitUntil(lambda: "no truth for d" in text.text(), timeout=TIMEOUT)
    layer.metadata["cellbench"] = own | {"truth_planes": [False] * 4}
    layer.data = truth.copy()
    settle(qtbot, widget)
    assert "None of the 4 planes has truth" in widget.table.note.text()
    ((_, row),) = widget.table.figures.rows()
    assert row.score is None
