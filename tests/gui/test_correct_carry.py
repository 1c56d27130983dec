"""Carrying cells on to the next planes of a stack, by real mouse events."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import Qt
from skimage.draw import disk

from napari_cellbench.widgets.correct import carry_run

from .fake_asker import new_fake
from .hand import TIMEOUT, needs_sam

LAST = 3
"""Plane on which cell 1 ends."""
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def truth():
    """Cell 1 moves and ends, cell 2 stays; (6, 90, 90)."""
    stack = np.zeros((6, 90, 90), np.int32)
    for plane in range(6):
        if plane <= LAST:
            stack[plane][disk((25 + plane, 25 + 2 * plane), 9)] = 1
        stack[plane][disk((60, 60), 11)] = 2
    return stack


@pytest.fixture
def image(truth):
    noise = np.random.default_rng(0).normal(100, 8, truth.shape)
    return (noise + 90 * (truth > 0)).clip(0, 255).astype(np.uint8)


@pytest.fixture
def asker(monkeypatch):
    fake = new_fake()
    monkeypatch.setattr(carry_run, "Asker", fake)
    return fake


@pytest.fixture
def stack(correct, image, truth):
    """Return a function that opens the panel on a plane of which both cells are chosen."""

    def open_(plane=0, scale=(2, 0.5, 0.5)):
        labels = np.zeros_like(truth)
        labels[plane] = truth[plane]
        widget, hand = correct(image, labels)
        for layer in widget.viewer.layers:
            layer.scale = scale
        widget.viewer.dims.set_current_step(0, plane)
        widget.viewer.reset_view()
        widget.form.tools.buttons["choose"].click()
        hand.click(*centre(truth[plane], 1))
        hand.click(*centre(truth[plane], 2), SHIFT)
        return widget, hand

    return open_


def centre(labels, cell):
    y, x = np.nonzero(labels == cell)
    return float(y.mean()), float(x.mean())


def texts(box):
    return [box.list.item(row).text() for row in range(box.list.count())]


def ended(qtbot, box):
    qtbot.waitUntil(lambda: box.runs.run is None, timeout=TIMEOUT)


def test_several_cells_are_chosen(stack, truth):
    widget, hand = stack()
    assert widget.form.chosen.text() == "Cells 2, 1"
    assert not widget.form.one["Grow"].isEnabled()
    hand.click(*centre(truth[0], 2), SHIFT)
    assert widget.form.chosen.text() == "Cell 1", "once more takes it away"
    assert widget.form.one["Grow"].isEnabled()
    hand.click(*centre(truth[0], 2))
    assert widget.form.chosen.text() == "Cell 2"


def test_proposals_are_looked_at_and_accepted(qtbot, stack, truth, asker):
    widget, _ = stack()
    layer, box, viewer = widget.form.labels.layer(), widget.form.carry, widget.viewer
    before = layer.data.copy()
    assert not box.list.isVisible()
    qtbot.mouseClick(box.runs.run_button, Qt.MouseButton.LeftButton)
    ended(qtbot, box)
    assert [text.partition(" · ")[0] for text in texts(box)] == [f"Plane {k}" for k in range(1, 6)]
    assert "2 cells" in texts(box)[0]
    assert "cell 1 ended: It no longer stands out in the image".lower() in texts(box)[LAST].lower()
    assert "1.00 times as large" in box.list.item(0).toolTip()
    np.testing.assert_array_equal(layer.data, before)

    box.list.setCurrentRow(1)
    assert viewer.dims.current_step[0] == 2
    assert widget.carrying.preview.is_shown
    viewer.dims.set_current_step(0, 0)
    assert not widget.carrying.preview.is_shown, "nothing is proposed for this plane"
    qtbot.mouseClick(box.up_to_button, Qt.MouseButton.LeftButton)
    np.testing.assert_array_equal(layer.data[:3], truth[:3])
    assert not layer.data[3:].any()
    assert len(texts(box)) == 3
    layer.undo()
    assert not layer.data[2].any()
    np.testing.assert_array_equal(layer.data[1], truth[1])
    layer.undo()
    np.testing.assert_array_equal(layer.data, before)

    box.list.setCurrentRow(2)
    qtbot.mouseClick(box.accept_button, Qt.MouseButton.LeftButton)
    np.testing.assert_array_equal(layer.data[5], truth[5])
    assert widget.form.chosen.text() != "Cells 2, 1", "cell 1 isn't on the plane that is shown"
    box.list.setCurrentRow(0)
    qtbot.mouseClick(box.discard_button, Qt.MouseButton.LeftButton)
    assert not texts(box)
    assert not box.list.isVisible()
    assert not layer.data[3:5].any()
    viewer.dims.set_current_step(0, 0)
    assert widget.form.chosen.text() == "Cells 2, 1", "they are still chosen"


def test_backwards_and_to_a_limit(qtbot, stack, asker):
    widget, _ = stack(plane=3)
    box = widget.form.carry
    box.limit.setValue(2)
    qtbot.mouseClick(box.backwards, Qt.MouseButton.LeftButton)
    ended(qtbot, box)
    assert [text.partition(" · ")[0] for text in texts(box)] == ["Plane 2", "Plane 1"]
    qtbot.waitUntil(box.backwards.isEnabled)


def test_stop_keeps_what_was_proposed(qtbot, stack, asker):
    widget, _ = stack()
    box = widget.form.carry
    answers = []

    def hold(mask):
        answers.append(mask)
        if len(answers) == 4:
            asker.gate.clear()
        return mask

    asker.spoil = staticmethod(hold)
    box.runs.run_button.click()
    assert not box.backwards.isEnabled()
    qtbot.waitUntil(lambda: box.list.count() == 2, timeout=TIMEOUT)
    qtbot.mouseClick(box.runs.cancel_button, Qt.MouseButton.LeftButton)
    ended(qtbot, box)
    assert box.runs.status.text() == "Cancelled."
    assert len(texts(box)) == 2


def test_discarding_stops_what_would_follow(qtbot, stack, asker):
    widget, _ = stack()
    box = widget.form.carry
    asked = []
    asker.spoil = staticmethod(
        lambda mask: (asked.append(1), len(asked) == 2 and asker.gate.clear(), mask)[-1]
    )
    box.runs.run_button.click()
    qtbot.waitUntil(lambda: box.list.count() == 1, timeout=TIMEOUT)
    box.list.setCurrentRow(0)
    box.discard_button.click()
    ended(qtbot, box)
    assert not texts(box)


def test_a_plane_that_was_changed_meanwhile(qtbot, stack, asker):
    widget, _ = stack()
    layer, box = widget.form.labels.layer(), widget.form.carry
    box.runs.run_button.click()
    ended(qtbot, box)
    layer.data_setitem((np.array([2]), np.array([60]), np.array([60])), 9)
    box.list.setCurrentRow(4)
    box.up_to_button.click()
    status = widget.form.tools.status.text()
    assert status.startswith("Plane 2: ")
    assert "changed meanwhile" in status
    assert layer.data[1].any()
    assert len(texts(box)) == 4, "what isn't written stays in the list"


def test_what_can_not_be_carried(qtbot, correct, image, truth, asker):
    widget, hand = correct(image, truth.copy())
    box, status = widget.form.carry, widget.form.tools.status
    widget.viewer.dims.set_current_step(0, 0)
    box.runs.run_button.click()
    assert "Choose a cell" in status.text(), "napari’s label is no choice of the person's"
    widget.form.tools.buttons["choose"].click()
    widget.form.labels.layer().selected_label = 77
    box.runs.run_button.click()
    assert "Choose a cell" in status.text()
    hand.click(*centre(truth[0], 2))
    box.backwards.click()
    assert status.text() == "There is no next plane."
    assert box.runs.run is None
    widget.viewer.layers.remove("image")
    box.runs.run_button.click()
    assert "image" in status.text()


def test_only_stacks_have_next_planes(correct, image, truth):
    widget, _ = correct(image[0], truth[0])
    assert not widget.form.carry.isVisibleTo(widget.form)
    layer = widget.viewer.add_labels(np.zeros((2, 3, 90, 90), np.int32), name="both")
    widget.form.labels.choose(layer)
    assert widget.form.carry.isVisibleTo(widget.form)
    assert widget.form.carry.axis.count() == 2


def test_the_panel_is_closed_while_it_runs(qtbot, stack, asker):
    widget, _ = stack()
    run = None
    asker.gate.clear()
    widget.form.carry.runs.run_button.click()
    run = widget.form.carry.runs.run
    widget.closing()
    qtbot.waitUntil(lambda: not run.is_running, timeout=TIMEOUT)
    assert not widget.form.labels.layer().data[1:].any()


def test_the_layer_is_removed_while_it_runs(qtbot, stack, asker):
    widget, _ = stack()
    box = widget.form.carry
    asked = []
    asker.spoil = staticmethod(
        lambda mask: (asked.append(1), len(asked) == 2 and asker.gate.clear(), mask)[-1]
    )
    box.runs.run_button.click()
    qtbot.waitUntil(lambda: box.list.count() == 1, timeout=TIMEOUT)
    box.list.setCurrentRow(0)
    widget.viewer.layers.remove("cells")
    assert not texts(box)
    assert not box.isVisibleTo(widget.form)
    ended(qtbot, box)
    widget.viewer.dims.set_current_step(0, 4)


# Imported here, torch would meet napari's drawing in one process.
@needs_sam
def test_by_mobile_sam(qtbot, stack, truth):
    """It follows cells, and finds none where one has ended."""
    widget, _ = stack(plane=LAST - 1)
    layer, box = widget.form.labels.layer(), widget.form.carry
    box.limit.setValue(2)
    box.runs.run_button.click()
    qtbot.waitUntil(lambda: box.runs.run is None, timeout=300_000)
    assert len(texts(box)) == 2
    assert "cell 1 ended" in texts(box)[1]
    box.list.setCurrentRow(1)
    box.up_to_button.click()
    for plane, cell in ((LAST, 1), (LAST, 2), (LAST + 1, 2)):
        found, true = layer.data[plane] == cell, truth[plane] == cell
        assert np.count_nonzero(found & true) > 0.75 * np.count_nonzero(found | true)
    assert not (layer.data[LAST + 1] == 1).any()
