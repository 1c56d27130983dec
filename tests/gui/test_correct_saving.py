"""What is corrected in the panel is saved, offered and gone on with, whatever happens."""

from __future__ import annotations

import errno
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tifffile
from napari.utils.notifications import notification_manager
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QFileDialog

from napari_cellbench.corrections.autosave import Autosave
from napari_cellbench.corrections.claim import holder_of
from napari_cellbench.corrections.review import CellState
from napari_cellbench.corrections.saved import Work, recover
from napari_cellbench.corrections.unfinished import unfinished
from napari_cellbench.widgets.correct import saving
from napari_cellbench.widgets.correct.widget import CorrectWidget

from .correct_until_killed import square_of
from .hand import Hand, plain

TIMEOUT = 60_000
ROOT = Path(__file__).parents[2]
SCRIPT = [sys.executable, "-m", "tests.gui.correct_until_killed"]


@pytest.fixture(autouse=True)
def _often(monkeypatch):
    monkeypatch.setattr(saving, "EVERY", 1)


@pytest.fixture
def open_panel(make_napari_viewer):
    """Return a function that opens an image and its labels' file, and the panel on them."""
    made = []

    def open_(path: Path, **image_options):
        viewer = make_napari_viewer(show=True)
        viewer.window._qt_window.resize(1280, 800)
        viewer.add_image(plain(tifffile.imread(path)), name="image", **image_options)
        viewer.open(path, plugin="napari", layer_type="labels")
        return again(viewer)

    def again(viewer, layer=None):
        widget = CorrectWidget(viewer)
        viewer.window.add_dock_widget(widget, name="Correct (CellBench)", tabify=True)
        made.append(widget)
        widget.form.labels.choose(layer if layer is not None else viewer.layers[-1])
        viewer.reset_view()
        QTest.qWait(100)
        return widget, Hand(widget)

    open_.again = again
    yield open_
    for widget in made:
        widget.closing()
        widget.prompts.thread_.join(30)


@pytest.fixture
def of_file(tmp_path, two_cells):
    path = tmp_path / "work" / "cells.tif"
    path.parent.mkdir()
    tifffile.imwrite(path, two_cells, photometric="minisblack")
    return path


@pytest.fixture
def of_stack(tmp_path, two_cells):
    path = tmp_path / "work" / "stack.tif"
    path.parent.mkdir()
    stack = np.stack([two_cells, np.roll(two_cells, 5, 0), np.roll(two_cells, 9, 1)] * 2)
    tifffile.imwrite(path, stack, photometric="minisblack", metadata={"axes": "ZYX"})
    return path


def folder_of(path: Path) -> Path:
    return path.with_name(f"{path.stem}.corrections")


def is_saved(path: Path, labels) -> bool:
    """Whether labels would come back as they are now, plane by plane of those that changed."""
    folder = folder_of(path)
    if not list(folder.glob("state*")):
        return False
    before, planes = tifffile.imread(path), recover(folder).planes
    return all(
        np.array_equal(planes.get(at, before[at]), labels[at])
        for at in np.ndindex(labels.shape[:-2])
    )


def delete(hand, y, x):
    hand.widget.form.tools.choose("delete")
    hand.click(y, x)


def said(widget) -> str:
    return widget.saving.box.where.text()


def problem(widget) -> str:
    box = widget.saving.box
    return box.problem.text() if box.problem.isVisible() else ""


def test_a_tool_the_brush_and_undo_are_saved(qtbot, open_panel, of_file):
    widget, hand = open_panel(of_file)
    layer = widget.form.labels.layer()
    assert said(widget) == "Will be saved in cells.corrections"
    assert not folder_of(of_file).exists()
    delete(hand, 80, 80)
    assert not (layer.data == 3).any()
    qtbot.waitUntil(lambda: is_saved(of_file, layer.data), timeout=TIMEOUT)
    qtbot.waitUntil(lambda: said(widget).startswith("Saved "), timeout=TIMEOUT)
    assert said(widget).endswith(" in cells.corrections")
    widget.form.tools.choose("")
    layer.mode, layer.selected_label, layer.brush_size = "paint", 9, 5
    hand.draw((60, 10), (60, 30))
    assert (layer.data == 9).any()
    qtbot.waitUntil(lambda: is_saved(of_file, layer.data), timeout=TIMEOUT)
    hand._canvas.native.setFocus()
    QTest.keyClick(hand._canvas.native, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not (layer.data == 9).any()
    qtbot.waitUntil(lambda: is_saved(of_file, layer.data), timeout=TIMEOUT)
    steps = [entry.what for entry in recover(folder_of(of_file)).save.review.history]
    assert steps[:2] == ["Delete cell 3", "Painted"]


def test_looking_changes_nothing(qtbot, open_panel, of_stack):
    widget, _ = open_panel(of_stack)
    viewer = widget.viewer
    for step in range(3):
        viewer.dims.set_current_step(0, step)
    widget.form.labels.layer().contour = 2
    widget.form.labels.layer().refresh()
    QTest.qWait(1500)
    assert not folder_of(of_stack).exists()


def look_through(qtbot, widget):
    """Look through by a truth that lacks cell 2; return that cell's doubt."""
    labels, box = widget.form.labels.layer(), widget.form.review
    truth = np.where(labels.data == 2, 0, labels.data)
    record = {"cellbench": {"truth": True}}
    widget.viewer.add_labels(truth, name="truth", metadata=record, visible=False)
    box.look_button.click()
    qtbot.waitUntil(lambda: box.list.count() == 1, timeout=TIMEOUT)
    assert box.doubt.cells == (2,)


def test_a_decision_is_saved_at_once_and_comes_back(qtbot, open_panel, of_file, monkeypatch):
    monkeypatch.setattr(saving, "EVERY", 3600)
    widget, hand = open_panel(of_file, scale=(2, 0.5), translate=(7, 3))
    delete(hand, 80, 80)
    labels = widget.form.labels.layer().data.copy()
    look_through(qtbot, widget)
    widget.form.review.right_button.click()
    folder = folder_of(of_file)

    def decided():
        return (
            bool(list(folder.glob("state*")))
            and recover(folder).save.review.review().state(2) is CellState.RIGHT
        )

    qtbot.waitUntil(decided, timeout=TIMEOUT)
    widget.viewer.layers.clear()
    widget.closing()
    qtbot.waitUntil(lambda: holder_of(folder) is None, timeout=TIMEOUT)

    widget, _ = open_panel(of_file, scale=(2, 0.5), translate=(7, 3))
    offers = widget.saving.offering.box
    qtbot.waitUntil(offers.isVisible, timeout=TIMEOUT)
    assert offers.text.text().startswith("cells on image, 1 of 2 checked")
    QTest.mouseClick(offers.go_on_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(widget.viewer.layers) == 3, timeout=TIMEOUT)
    layer = widget.form.labels.layer()
    np.testing.assert_array_equal(layer.data, labels)
    np.testing.assert_array_equal(layer.scale, (2, 0.5))
    np.testing.assert_array_equal(layer.translate, (7, 3))
    assert not widget.viewer.layers["cells"].visible
    progress = widget.form.review.progress
    qtbot.waitUntil(lambda: "1 of 2 checked" in progress.text(), timeout=TIMEOUT)
    assert not offers.isVisible()


def test_planes_of_a_stack(qtbot, open_panel, of_stack):
    widget, hand = open_panel(of_stack)
    layer = widget.form.labels.layer()
    stack = layer.data
    widget.viewer.dims.set_current_step(0, 3)
    delete(hand, 80, 80)
    qtbot.waitUntil(lambda: is_saved(of_stack, stack), timeout=TIMEOUT)
    assert list(recover(folder_of(of_stack)).planes) == [(3,)]
    widget.viewer.dims.set_current_step(0, 1)
    layer.undo()
    assert (stack[3] == 3).any(), "undone on a plane that isn't shown"
    qtbot.waitUntil(lambda: is_saved(of_stack, stack), timeout=TIMEOUT)
    layer.redo()
    qtbot.waitUntil(lambda: is_saved(of_stack, stack), timeout=TIMEOUT)
    widget.viewer.layers.clear()
    qtbot.waitUntil(lambda: holder_of(folder_of(of_stack)) is None, timeout=TIMEOUT)
    offers = widget.saving.offering.box
    qtbot.waitUntil(offers.isVisible, timeout=TIMEOUT)
    QTest.mouseClick(offers.go_on_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(widget.viewer.layers) == 1, timeout=TIMEOUT)
    np.testing.assert_array_equal(widget.viewer.layers[0].data, stack)


def test_what_can_not_be_restored_is_said(qtbot, open_panel, of_stack):
    widget, hand = open_panel(of_stack)
    layer = widget.form.labels.layer()
    delete(hand, 80, 80)
    qtbot.waitUntil(lambda: is_saved(of_stack, layer.data), timeout=TIMEOUT)
    widget.viewer.layers.clear()
    of_stack.unlink()
    offers = widget.saving.offering.box
    qtbot.waitUntil(offers.isVisible, timeout=TIMEOUT)
    before = len(notification_manager.records)
    QTest.mouseClick(offers.go_on_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(widget.viewer.layers) == 1, timeout=TIMEOUT)
    (told,) = [record.message for record in notification_manager.records[before:]]
    assert told.startswith("5 planes are empty here")


def test_a_window_that_another_one_takes_over(qtbot, open_panel, of_file):
    widget, hand = open_panel(of_file)
    layer = widget.form.labels.layer()
    delete(hand, 80, 80)
    qtbot.waitUntil(lambda: is_saved(of_file, layer.data), timeout=TIMEOUT)
    before = len(notification_manager.records)
    other, found = Autosave.go_on(folder_of(of_file), force=True)
    theirs = found.planes[()].copy()
    theirs[:5, :5] = 7
    other.write({(): theirs})
    qtbot.waitUntil(lambda: "taken these corrections over" in problem(widget), timeout=TIMEOUT)
    delete(hand, 30, 30)
    QTest.qWait(2500)
    assert len(notification_manager.records) == before + 1, "said once"
    np.testing.assert_array_equal(recover(folder_of(of_file)).planes[()], theirs)
    assert layer in widget.viewer.layers
    QTest.mouseClick(widget.saving.box.take_over_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(widget.viewer.layers) == 3, timeout=TIMEOUT)
    np.testing.assert_array_equal(widget.form.labels.layer().data, theirs)
    assert problem(widget) == ""


def test_labels_that_another_window_corrects(qtbot, open_panel, of_file, two_cells):
    """Said before anything is changed; what is changed all the same isn't lost."""
    work = Work("cells", "image", str(of_file), two_cells.shape, "int32")
    other = Autosave.begin(folder_of(of_file), work)
    other.write({(): two_cells * 2})
    widget, hand = open_panel(of_file)
    offers = widget.saving.offering.box
    qtbot.waitUntil(offers.isVisible, timeout=TIMEOUT)
    assert "a window on this computer" in offers.text.text()
    assert not offers.forget_button.isVisible()
    delete(hand, 80, 80)
    qtbot.waitUntil(lambda: "are open in a window" in problem(widget), timeout=TIMEOUT)
    assert "saved in cells 2.corrections meanwhile" in problem(widget)
    beside = of_file.with_name("cells 2.corrections")
    assert not (recover(beside).planes[()] == 3).any()
    QTest.mouseClick(widget.saving.box.take_over_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(widget.viewer.layers) == 3, timeout=TIMEOUT)
    np.testing.assert_array_equal(widget.form.labels.layer().data, two_cells * 2)
    with pytest.raises(Exception, match="Nothing is saved here any more"):
        other.write({})


def test_a_full_disk_is_said_once_and_tried_again(qtbot, open_panel, of_file, monkeypatch):
    widget, hand = open_panel(of_file)
    layer = widget.form.labels.layer()
    before = len(notification_manager.records)

    def full(*_args, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(tifffile, "imwrite", full)
        delete(hand, 80, 80)
        qtbot.waitUntil(lambda: "is full" in problem(widget), timeout=TIMEOUT)
        QTest.qWait(2500)
        assert len(notification_manager.records) == before + 1
    qtbot.waitUntil(lambda: problem(widget) == "", timeout=TIMEOUT)
    assert is_saved(of_file, layer.data)


def test_a_folder_that_can_not_be_written(qtbot, open_panel, of_file):
    folder_of(of_file).touch()
    widget, hand = open_panel(of_file)
    delete(hand, 80, 80)
    qtbot.waitUntil(lambda: "can't be made" in problem(widget), timeout=TIMEOUT)
    ours = Path(os.environ["CELLBENCH_DATA"]) / "corrections" / "cells.corrections"
    assert not (recover(ours).planes[()] == 3).any()
    assert str(ours) == widget.saving.box.where.toolTip()


def test_the_layer_is_renamed_replaced_and_removed(qtbot, open_panel, of_file):
    widget, hand = open_panel(of_file)
    layer = widget.form.labels.layer()
    delete(hand, 80, 80)
    qtbot.waitUntil(lambda: is_saved(of_file, layer.data), timeout=TIMEOUT)
    layer.name = "nuclei"
    layer.data = np.where(layer.data == 1, 5, layer.data)
    qtbot.waitUntil(lambda: is_saved(of_file, layer.data), timeout=TIMEOUT)
    assert recover(folder_of(of_file)).save.work.name == "nuclei"
    last = layer.data.copy()
    layer.data = np.ones((30, 30), np.int32)
    qtbot.waitUntil(lambda: holder_of(folder_of(of_file)) is None, timeout=TIMEOUT)
    delete(hand, 10, 10)
    beside = of_file.with_name("cells 2.corrections")
    qtbot.waitUntil(lambda: bool(list(beside.glob("state*"))), timeout=TIMEOUT)
    assert recover(beside).planes[()].shape == (30, 30)
    np.testing.assert_array_equal(recover(folder_of(of_file)).planes[()], last)
    widget.viewer.layers.remove(layer)
    qtbot.waitUntil(lambda: holder_of(beside) is None, timeout=TIMEOUT)
    qtbot.waitUntil(widget.saving.offering.box.isVisible, timeout=TIMEOUT)
    assert not widget.saving.box.isVisible()


def test_the_panel_is_closed_and_opened_again(qtbot, open_panel, of_file):
    widget, hand = open_panel(of_file)
    layer, viewer = widget.form.labels.layer(), widget.viewer
    delete(hand, 80, 80)
    widget.closing()
    qtbot.waitUntil(lambda: is_saved(of_file, layer.data), timeout=TIMEOUT)
    qtbot.waitUntil(lambda: holder_of(folder_of(of_file)) is None, timeout=TIMEOUT)
    layer.data_setitem(np.nonzero(layer.data == 2), 0)
    widget, hand = open_panel.again(viewer, layer)
    qtbot.waitUntil(lambda: is_saved(of_file, layer.data), timeout=TIMEOUT)
    delete(hand, 30, 30)
    qtbot.waitUntil(lambda: is_saved(of_file, layer.data), timeout=TIMEOUT)
    assert not of_file.with_name("cells 2.corrections").exists()
    assert not widget.saving.offering.box.isVisible(), "it is open already"


def test_done_is_offered_no_more(qtbot, open_panel, of_file):
    widget, hand = open_panel(of_file)
    layer = widget.form.labels.layer()
    assert not widget.saving.box.done_button.isEnabled()
    delete(hand, 80, 80)
    qtbot.waitUntil(widget.saving.box.done_button.isEnabled, timeout=TIMEOUT)
    delete(hand, 30, 50)
    QTest.mouseClick(widget.saving.box.done_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: said(widget).startswith("Done. Saved "), timeout=TIMEOUT)
    assert is_saved(of_file, layer.data)
    assert unfinished() == []
    delete(hand, 30, 30)
    qtbot.waitUntil(lambda: said(widget).startswith("Saved "), timeout=TIMEOUT)
    assert len(unfinished()) == 1


def test_another_folder_is_chosen(qtbot, open_panel, of_file, tmp_path, monkeypatch):
    widget, hand = open_panel(of_file)
    layer = widget.form.labels.layer()
    delete(hand, 80, 80)
    qtbot.waitUntil(lambda: is_saved(of_file, layer.data), timeout=TIMEOUT)
    other = tmp_path / "other"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(other))
    widget.saving.box.choose_action.trigger()
    moved = other / "cells.corrections"
    qtbot.waitUntil(lambda: bool(list(moved.glob("state*"))), timeout=TIMEOUT)
    np.testing.assert_array_equal(recover(moved).planes[()], layer.data)
    qtbot.waitUntil(
        lambda: [one.folder for one in unfinished()] == [moved.resolve()], timeout=TIMEOUT
    )
    where = widget.saving.box.where
    qtbot.waitUntil(lambda: where.toolTip() == str(moved), timeout=TIMEOUT)


def test_not_now_and_forget(qtbot, open_panel, of_file, two_cells):
    for name in ("a", "b"):
        autosave = Autosave.begin(of_file.parent / f"{name}.corrections", Work(name))
        autosave.write({(): two_cells})
        autosave.close()
        time.sleep(1.1)
    widget, _ = open_panel(of_file)
    offers = widget.saving.offering.box
    qtbot.waitUntil(offers.isVisible, timeout=TIMEOUT)
    assert offers.text.text().startswith("b, ")
    assert offers.text.text().endswith("1 more.")
    QTest.mouseClick(offers.later_button, Qt.MouseButton.LeftButton)
    assert offers.text.text().startswith("a, ")
    QTest.mouseClick(offers.forget_button, Qt.MouseButton.LeftButton)
    assert not offers.isVisible()
    qtbot.waitUntil(lambda: len(unfinished()) == 1, timeout=TIMEOUT)
    QTest.qWait(300)
    assert not offers.isVisible()
    assert recover(of_file.parent / "a.corrections").planes[()].any()


def test_damaged_corrections_are_said(qtbot, open_panel, of_file, two_cells):
    autosave = Autosave.begin(folder_of(of_file), Work("cells"))
    autosave.write({(): two_cells})
    autosave.close()
    for path in folder_of(of_file).glob("labels*"):
        path.write_bytes(b"")
    widget, _ = open_panel(of_file)
    offers = widget.saving.offering.box
    qtbot.waitUntil(offers.isVisible, timeout=TIMEOUT)
    before = len(notification_manager.records)
    QTest.mouseClick(offers.go_on_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(notification_manager.records) > before, timeout=TIMEOUT)
    assert "set aside" in notification_manager.records[-1].message
    assert len(widget.viewer.layers) == 2


def test_undo_after_review(qtbot, open_panel, of_file):
    """Escape takes back what came last; Ctrl+Z takes back an edit and what it said."""
    widget, hand = open_panel(of_file)
    layer = widget.form.labels.layer()
    look_through(qtbot, widget)
    states = widget.saving.session.review
    widget.form.tools.choose("choose")
    hand.click(30, 30)
    widget.form.one["Grow"].click()
    assert states.state(1) is CellState.CORRECTED
    grown = layer.data.copy()
    hand.press(Qt.Key.Key_Space)
    assert states.state(2) is CellState.RIGHT
    hand.press(Qt.Key.Key_Escape)
    assert states.state(2) is CellState.UNSEEN
    np.testing.assert_array_equal(layer.data, grown)
    hand.press(Qt.Key.Key_Space)
    layer.undo()
    assert states.state(1) is CellState.UNSEEN
    assert states.state(2) is CellState.RIGHT
    layer.redo()
    assert states.state(1) is CellState.CORRECTED
    np.testing.assert_array_equal(layer.data, grown)
    qtbot.waitUntil(lambda: is_saved(of_file, layer.data), timeout=TIMEOUT)
    found = recover(folder_of(of_file)).save.review.review()
    assert found.states == states.states


def test_killed_at_three_moments(tmp_path):
    """Napari itself, while cells are drawn: what comes back is whole, and no older than a save."""
    tifffile.imwrite(tmp_path / "cells.tif", drawn(0))
    command = [*SCRIPT, str(tmp_path)]
    rng, steps = random.Random(5), tmp_path / "steps.txt"
    kept, decided = 0, {}
    for run in range(3):
        before = steps.read_text().splitlines() if run else []
        lines = until_killed(command, steps, len(before), rng.uniform(0, 2))
        if run:
            came_back = np.load(tmp_path / "labels.npy")
            np.testing.assert_array_equal(came_back, drawn(kept))
            offer = json.loads((tmp_path / "offer.json").read_text())
            assert offer["scale"] == [2, 2]
            assert offer["text"].startswith("cells on image, ")
            assert {k: v for k, v in offer["states"].items() if v != "unseen"} == decided
        found = recover(tmp_path / "cells.corrections")
        kept = int(found.planes[()].max())
        np.testing.assert_array_equal(found.planes[()], drawn(kept))
        beats = [i for i, line in enumerate(lines) if line == "beat"]
        # Saved with one beat, and written before the next but one, on a busy computer, too.
        assert kept >= max(int(line) for line in lines[: beats[-3]] if line != "beat")
        states = found.save.review.review().states
        decided = {str(cell): s.value for (_, cell), s in states.items() if s.value != "unseen"}
        assert decided


def test_napari_is_closed_before_the_first_save_but_one(tmp_path):
    tifffile.imwrite(tmp_path / "cells.tif", drawn(0))
    ended = subprocess.run(
        [*SCRIPT, str(tmp_path), "12"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert "Traceback" not in ended.stderr
    np.testing.assert_array_equal(recover(tmp_path / "cells.corrections").planes[()], drawn(12))
    (offer,) = unfinished()
    assert offer.holder is None


def until_killed(command: list[str], steps: Path, had: int, further: float) -> list[str]:
    """Run the script until it has made some steps, and for some seconds more; return its steps."""
    errors = steps.with_name("errors.txt")
    with errors.open("w") as file:
        process = subprocess.Popen(command, stderr=file, stdout=file, cwd=ROOT)
    lines: list[str] = []
    try:
        end = time.monotonic() + 120
        while lines.count("beat") < 4 or len(lines) < 10:
            assert process.poll() is None, errors.read_text()[-2000:]
            assert time.monotonic() < end, errors.read_text()[-2000:]
            time.sleep(0.05)
            lines = steps.read_text().splitlines()[had:] if steps.exists() else []
        time.sleep(further)
    finally:
        process.kill()
        process.wait()
    return [line for line in steps.read_text().split("\n")[had:-1] if line]


def drawn(n: int) -> np.ndarray:
    """Return labels after `n` cells."""
    labels = np.zeros((240, 240), np.int32)
    for cell in range(1, n + 1):
        labels[square_of(cell)] = cell
    return labels
