"""Counting by clicks, and cells of the points, by real mouse and key events."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Points
from qtpy.QtCore import Qt

from napari_cellbench.widgets.correct import count_run

from .fake_asker import new_fake
from .hand import TIMEOUT, needs_sam, plain

SHIFT = Qt.KeyboardModifier.ShiftModifier
COUNT = (Qt.Key.Key_N, SHIFT)


@pytest.fixture
def asker(monkeypatch):
    fake = new_fake()
    monkeypatch.setattr(count_run, "Asker", fake)
    return fake


@pytest.fixture
def cells():
    """Four squares apart; (100, 100)."""
    labels = np.zeros((100, 100), np.int32)
    labels[10:30, 10:30], labels[10:30, 60:80] = 1, 2
    labels[60:80, 10:30], labels[60:80, 60:80] = 3, 4
    return labels


def points_of(widget):
    (found,) = (layer for layer in widget.viewer.layers if isinstance(layer, Points))
    return found


def made(qtbot, widget):
    runs = widget.form.count.runs
    qtbot.mouseClick(runs.run_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: runs.run is None, timeout=TIMEOUT)
    return runs.status.text()


def test_clicks_count(correct, cells):
    widget, hand = correct(plain(cells))
    box, layer = widget.form.count, widget.form.labels.layer()
    assert not box.isVisibleTo(widget.form)
    hand.press(*COUNT)
    assert box.number.text() == "0"
    assert not box.runs.run_button.isEnabled()
    for place in ((20, 20), (20, 70), (70, 20), (90, 90)):
        hand.click(*place)
    points = points_of(widget)
    assert box.number.text() == "4"
    np.testing.assert_allclose(points.data[:2], [(20, 20), (20, 70)], atol=0.5)
    assert widget.viewer.layers.selection.active is layer
    hand.click(88, 88, SHIFT)
    assert box.number.text() == "3"
    assert points.data[:, 0].max() < 80
    hand.click(70, 70)
    hand.press(Qt.Key.Key_Escape)
    assert box.number.text() == "3"
    hand.press(Qt.Key.Key_Escape)
    assert not layer.data.any(), "what is clicked is points only"
    points.add((5, 5))
    assert box.number.text() == "4", "napari's own tools count, too"
    widget.form.tools.choose("delete")
    assert not box.isVisibleTo(widget.form)
    hand.press(*COUNT)
    hand.click(50, 50)
    assert points_of(widget) is points
    assert len(points.data) == 5
    widget.viewer.layers.remove(points)
    assert box.number.text() == "0"
    hand.click(50, 50)
    assert len(points_of(widget).data) == 1


def test_points_lie_on_the_plane_that_is_shown(correct, cells):
    stack = np.stack([cells, cells, cells])
    widget, hand = correct(plain(stack), np.zeros_like(stack))
    for layer in widget.viewer.layers:
        layer.scale, layer.translate = (3, 0.5, 0.25), (1, 2, 3)
    widget.viewer.dims.set_current_step(0, 2)
    widget.viewer.reset_view()
    hand.press(*COUNT)
    hand.click(20, 20)
    widget.viewer.dims.set_current_step(0, 1)
    hand.click(20, 70)
    hand.click(70, 70)
    points = points_of(widget)
    np.testing.assert_array_equal(points.data[:, 0], [2, 1, 1])
    np.testing.assert_allclose(points.data_to_world((2, 20, 70)), layer.data_to_world((2, 20, 70)))
    assert widget.form.count.number.text() == "2 on this plane, 3 on all planes"
    widget.viewer.dims.set_current_step(0, 0)
    hand.click(20, 20, SHIFT)
    assert widget.form.tools.status.text() == "There is no point on this plane."


def test_cells_of_the_points(qtbot, correct, cells, asker):
    """One step of undo; nobody loses pixels; for how many there was none is said."""
    there = np.zeros_like(cells)
    there[10:30, 10:30] = 1
    there[60:80, 20:30] = 2
    widget, hand = correct(plain(cells), there.copy())
    layer = widget.form.labels.layer()
    hand.press(*COUNT)
    for place in ((20, 20), (20, 70), (70, 15), (70, 70), (45, 45)):
        hand.click(*place)
    text = made(qtbot, widget)
    assert text == "Add 3 cells. There was none for 1 of 5 points. 1 had one already."
    after = layer.data.copy()
    np.testing.assert_array_equal(after > 0, cells > 0)
    np.testing.assert_array_equal(after[there > 0], there[there > 0])
    assert {*np.unique(after)} == {0, 1, 2, 3, 4, 5}
    layer.undo()
    np.testing.assert_array_equal(layer.data, there)
    layer.redo()
    assert made(qtbot, widget) == "The model finds no cell at any of the 1 points."
    assert len(points_of(widget).data) == 5


def test_a_mask_that_holds_two_points_is_no_cell(qtbot, correct, cells, asker):
    joined = cells.copy()
    joined[10:30, 30:60] = 1
    widget, hand = correct(plain(joined), np.zeros_like(cells))
    hand.press(*COUNT)
    for place in ((20, 20), (20, 70), (70, 20)):
        hand.click(*place)
    assert made(qtbot, widget) == "Add 1 cell. There was none for 2 of 3 points."
    np.testing.assert_array_equal(widget.form.labels.layer().data > 0, cells == 3)


def test_cancelled_adds_nothing(qtbot, correct, cells, asker):
    widget, hand = correct(plain(cells), np.zeros_like(cells))
    hand.press(*COUNT)
    hand.click(20, 20)
    asker.gate.clear()
    box = widget.form.count
    box.runs.run_button.click()
    widget.form.tools.choose("delete")
    assert box.isVisibleTo(widget.form), "what runs can be stopped"
    qtbot.waitUntil(lambda: box.runs.cancel_button.isEnabled(), timeout=TIMEOUT)
    qtbot.mouseClick(box.runs.cancel_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: box.runs.run is None, timeout=TIMEOUT)
    assert box.runs.status.text() == "Cancelled."
    assert not widget.form.labels.layer().data.any()


def test_the_layer_goes_or_changes_meanwhile(qtbot, correct, cells, asker):
    widget, hand = correct(plain(cells), np.zeros_like(cells))
    layer, box = widget.form.labels.layer(), widget.form.count
    hand.press(*COUNT)
    hand.click(20, 20)
    hand.click(20, 70)
    asker.gate.clear()
    box.runs.run_button.click()
    layer.data_setitem((np.array([20, 20]), np.array([20, 21])), 7)
    asker.gate.set()
    qtbot.waitUntil(lambda: box.runs.run is None, timeout=TIMEOUT)
    assert (layer.data == 7).sum() == 2, "it keeps what it got meanwhile"
    np.testing.assert_array_equal(layer.data > 0, np.isin(cells, (1, 2)))
    hand.click(70, 20)
    asker.gate.clear()
    box.runs.run_button.click()
    widget.viewer.layers.remove(layer)
    asker.gate.set()
    qtbot.waitUntil(lambda: box.runs.run is None, timeout=TIMEOUT)
    assert "removed in the meantime" in box.runs.status.text()


def test_without_an_image(correct, cells, asker):
    widget, hand = correct(plain(cells), np.zeros_like(cells))
    hand.press(*COUNT)
    hand.click(20, 20)
    widget.viewer.layers.remove("image")
    widget.form.count.runs.run_button.click()
    assert "image" in widget.form.count.runs.status.text()


# Imported here, torch would meet napari's drawing in one process.
@needs_sam
def test_by_mobile_sam(qtbot, correct, blobs):
    widget, hand = correct(blobs)
    layer, runs = widget.form.labels.layer(), widget.form.count.runs
    hand.press(*COUNT)
    places = [(30, 30), (30, 90), (64, 60)]
    for place in places:
        hand.click(*place)
    runs.run_button.click()
    qtbot.waitUntil(lambda: runs.run is None, timeout=240_000)
    assert runs.status.text() == "Add 3 cells."
    for place in places:
        found = layer.data == layer.data[place]
        y, x = np.nonzero(found)
        assert np.hypot(y.mean() - place[0], x.mean() - place[1]) < 2
        # Their discs have a radius of 10.
        assert np.count_nonzero(found) == pytest.approx(np.pi * 10**2, rel=0.4)
