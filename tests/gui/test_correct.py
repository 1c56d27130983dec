"""The Correct panel by real mouse and key events, with MobileSAM in a process of its own."""

from __future__ import annotations

import os
import signal
from itertools import combinations

import numpy as np
import psutil
import pytest
from napari.utils.notifications import notification_manager
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QLabel

from napari_cellbench.widgets.correct.key_pointer import STEP
from napari_cellbench.widgets.correct.keys_card import KeysCard
from napari_cellbench.widgets.segment.widget import SegmentWidget

from .hand import TIMEOUT, centre, iou, needs_sam, plain, whole_cells


@needs_sam
def test_hover_shows_a_cell_and_a_click_keeps_it(qtbot, correct, nuclei):
    image, truth = nuclei
    widget, hand = correct(image)
    layer = widget.form.labels.layer()
    assert layer.data.shape == truth.shape
    widget.form.tools.buttons["point"].click()
    label = whole_cells(truth)[3]
    hand.move(*centre(truth, label))
    qtbot.waitUntil(lambda: widget.preview.is_shown, timeout=TIMEOUT)
    assert not layer.data.any(), "nothing is written before the click"
    hand.click(*centre(truth, label))
    qtbot.waitUntil(layer.data.any, timeout=TIMEOUT)
    assert iou(layer.data == 1, truth == label) > 0.5
    assert layer.selected_label == 1
    assert "Ctrl+Z" in widget.form.tools.status.text()
    layer.undo()
    assert not layer.data.any(), "a click is one step"
    y, x = np.nonzero(truth == label)
    hand.draw((y.min() - 1, x.min() - 1), (y.max() + 1, x.max() + 1))
    qtbot.waitUntil(layer.data.any, timeout=TIMEOUT)
    assert iou(layer.data == 1, truth == label) > 0.7
    hand.press(Qt.Key.Key_Escape)
    assert not layer.data.any()


@needs_sam
def test_a_killed_worker_is_said_and_the_next_click_works(qtbot, correct, nuclei):
    image, truth = nuclei
    widget, hand = correct(image)
    layer = widget.form.labels.layer()
    widget.form.tools.buttons["point"].click()
    first, second = whole_cells(truth)[3:5]
    hand.move(*centre(truth, first))
    qtbot.waitUntil(lambda: widget.preview.is_shown, timeout=TIMEOUT)
    before = len(notification_manager.records)

    def told() -> bool:
        """Whether the person was told since; notifications of other tests are kept."""
        new = notification_manager.records[before:]
        return any("ended unexpectedly" in record.message for record in new)

    # It holds still from the click on, so that it surely dies in the middle of it.
    os.kill(widget.prompts.engine.pid, signal.SIGSTOP)
    hand.click(*centre(truth, second))
    os.kill(widget.prompts.engine.pid, signal.SIGKILL)
    # If it died while it looked around, another one answers the click: no need to tell.
    qtbot.waitUntil(lambda: told() or layer.data.any(), timeout=TIMEOUT)
    if not layer.data.any():
        hand.click(*centre(truth, second))
        qtbot.waitUntil(layer.data.any, timeout=TIMEOUT)


@needs_sam
def test_memory_is_released_and_the_next_click_loads_again(qtbot, correct, nuclei):
    image, truth = nuclei
    widget, hand = correct(image)
    segment = SegmentWidget(widget.viewer)
    widget.viewer.window.add_dock_widget(segment, name="Segment (CellBench)", tabify=True)
    assert not segment.release_button.isEnabled()
    widget.form.tools.buttons["point"].click()
    first, second = whole_cells(truth)[3:5]
    hand.move(*centre(truth, first))
    qtbot.waitUntil(lambda: widget.preview.is_shown, timeout=TIMEOUT)
    process = psutil.Process(widget.prompts.engine.pid)
    segment.show()
    QTest.mouseMove(segment, QPoint(5, 5))
    qtbot.waitUntil(segment.release_button.isEnabled)
    segment.release_button.click()
    assert not process.is_running()
    assert not segment.release_button.isEnabled()
    QTest.qWait(500)
    assert widget.prompts.engine.pid is None, "nobody asked for it again"
    hand.click(*centre(truth, second))
    qtbot.waitUntil(widget.form.labels.layer().data.any, timeout=TIMEOUT)
    segment.closing()


def test_strokes_and_clicks_of_the_other_tools(correct, two_cells):
    widget, hand = correct(plain(two_cells), two_cells.copy())
    layer = widget.form.labels.layer()
    widget.form.tools.buttons["delete"].click()
    hand.click(80, 80)
    assert not (layer.data == 3).any()
    layer.undo()
    np.testing.assert_array_equal(layer.data, two_cells)
    widget.form.tools.buttons["merge"].click()
    hand.click(30, 30)
    assert "cell 1" in widget.form.tools.status.text()
    hand.click(30, 50)
    assert np.count_nonzero(layer.data == 1) == 800
    widget.form.tools.buttons["split"].click()
    hand.draw((15, 40), (30, 40), (45, 40))
    assert len(np.unique(layer.data)) == 4
    widget.form.tools.buttons["outline"].click()
    hand.draw((60, 10), (60, 30), (80, 30), (80, 10))
    assert layer.data[70, 20] not in (0, 1, 2, 3)
    for _ in range(3):
        hand.press(Qt.Key.Key_Escape)
    np.testing.assert_array_equal(layer.data, two_cells)


def test_a_stroke_without_a_move_in_between_is_one(correct, two_cells):
    widget, hand = correct(plain(two_cells), two_cells)
    widget.form.tools.buttons["delete"].click()
    canvas, button = hand._canvas.native, Qt.MouseButton.LeftButton
    QTest.mousePress(canvas, button, pos=hand.at(15, 15))
    QTest.mouseRelease(canvas, button, pos=hand.at(45, 65))
    QTest.qWait(20)
    assert {*np.unique(widget.form.labels.layer().data)} == {0, 3}


@pytest.mark.parametrize("beyond", [0.3, 0.7])
def test_what_is_drawn_lies_where_it_was_drawn(correct, two_cells, beyond):
    """A pixel is inside if its centre is; a line passes the pixels that it is in."""
    widget, _ = correct(plain(two_cells), two_cells)
    layer, work = widget.form.labels.layer(), widget.work
    widget.form.tools.buttons["outline"].click()
    low, high = 60 - 1 + beyond, 80 - 1 + beyond
    work.drawn([(low, 10.0), (low, 30.0), (high, 30.0), (high, 10.0)], frozenset())
    expected = np.zeros(two_cells.shape, bool)
    expected[60:80, 10:30] = True
    np.testing.assert_array_equal(layer.data == 4, expected)
    widget.form.tools.buttons["delete"].click()
    work.click((19.6, 19.6), frozenset())
    assert not (layer.data == 1).any()
    work.click((19.4, 39.6), frozenset())
    assert (layer.data == 2).any(), "the pixel above the cell"


def test_what_is_done_to_the_chosen_cell_and_to_all(correct, two_cells):
    two_cells[75:78, 75:78] = 0
    two_cells[0:3, 0:3] = 9
    widget, hand = correct(plain(two_cells), two_cells)
    layer = widget.form.labels.layer()
    assert not widget.form.one["Fill holes"].isEnabled()
    widget.form.tools.buttons["choose"].click()
    hand.click(85, 85)
    assert widget.form.chosen.text() == "Cell 3"
    widget.form.one["Fill holes"].click()
    assert np.count_nonzero(layer.data == 3) == 400
    widget.form.one["Shrink"].click()
    assert np.count_nonzero(layer.data == 3) == 18 * 18
    widget.form.all["Delete at edge"].click()
    assert not (layer.data == 9).any()
    widget.form.area.setValue(350)
    widget.form.all["Delete smaller"].click()
    assert {*np.unique(layer.data)} == {0, 1, 2}


def test_keys_over_the_canvas_choose_tools(correct, two_cells):
    widget, hand = correct(plain(two_cells), two_cells)
    hand.press(Qt.Key.Key_D, Qt.KeyboardModifier.ShiftModifier)
    assert widget.form.tools.tool() == "delete"
    hand.press(Qt.Key.Key_O, Qt.KeyboardModifier.ShiftModifier)
    assert widget.form.tools.tool() == "outline"
    assert str(widget.form.labels.layer().mode) == "pan_zoom"
    widget.form.tools.buttons["outline"].click()
    assert widget.form.tools.tool() == ""
    assert widget.form.labels.layer().mouse_pan


def test_keys_are_shown_on_demand(correct, two_cells):
    widget, hand = correct(plain(two_cells), two_cells)
    hand.type("?")
    card = widget.findChild(KeysCard)
    assert card.isVisible()
    texts = {label.text() for label in card.findChildren(QLabel)}
    assert {key.what for key in widget.keyboard.keys.keys} <= texts
    assert "<b>Shift+Up, Down, Left, Right</b>" in texts
    hand.type("?")
    assert not card.isVisible()


def test_keys_of_points_and_outlines_stay_naparis(correct, two_cells):
    widget, hand = correct(plain(two_cells), two_cells)
    points = widget.viewer.add_points([[10, 10], [20, 20]])
    hand.press(Qt.Key.Key_A, Qt.KeyboardModifier.ShiftModifier)
    assert points.selected_data == {0, 1}
    assert widget.form.tools.tool() == ""
    widget.form.tools.buttons["delete"].click()
    layer = widget.form.labels.layer()
    layer.mode = "polygon"
    hand.press(Qt.Key.Key_Escape)
    assert widget.form.tools.status.text() != "Taken back."


def test_a_cell_is_outlined_and_deleted_by_keys_alone(correct, two_cells):
    widget, hand = correct(plain(two_cells), two_cells)
    layer, shift = widget.form.labels.layer(), Qt.KeyboardModifier.ShiftModifier
    alt, none = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.NoModifier
    hand.press(Qt.Key.Key_O, shift)
    hand.press(Qt.Key.Key_Return, alt)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Up):
        for _ in range(3):
            hand.press(key, shift)
            assert widget.preview.is_shown
    hand.press(Qt.Key.Key_Return, alt)
    new = layer.data == 4
    step = STEP / widget.viewer.scene.camera.zoom
    # The outline's sides are three steps long, and it begins in the middle of the view.
    assert np.count_nonzero(new) == pytest.approx((3 * step) ** 2, rel=0.4)
    assert new[round(50 + step), round(50 + step)]
    hand.press(Qt.Key.Key_D, shift)
    hand.press(Qt.Key.Key_Down, shift)
    hand.press(Qt.Key.Key_Return, none)
    assert not (layer.data == 4).any()
    hand.press(Qt.Key.Key_Escape)
    assert (layer.data == 4).any()
    hand.move(30, 30)
    assert not widget.preview.is_shown


def test_the_cursor_says_what_a_click_does(correct, two_cells):
    widget, _ = correct(plain(two_cells), two_cells)
    canvas = widget.viewer.window._qt_viewer.canvas.native
    before = canvas.cursor().shape()
    seen = {}
    for key, one in widget.form.tools.buttons.items():
        one.click()
        assert canvas.cursor().shape() == Qt.CursorShape.BitmapCursor
        seen[key] = canvas.cursor().pixmap().toImage()
    assert all(a != b for a, b in combinations(seen.values(), 2))
    one.click()
    assert canvas.cursor().shape() == before


def test_refusals_are_said_and_change_nothing(correct, two_cells):
    widget, hand = correct(plain(two_cells), two_cells.copy())
    layer = widget.form.labels.layer()
    widget.form.tools.buttons["delete"].click()
    hand.click(50, 80)
    assert "There is no cell here" in widget.form.tools.status.text()
    widget.form.tools.buttons["split"].click()
    hand.draw((60, 5), (65, 5))
    assert widget.form.tools.status.text()
    widget.viewer.dims.ndisplay = 3
    assert "2-D" in widget.form.tools.status.text()
    widget.viewer.dims.ndisplay = 2
    np.testing.assert_array_equal(layer.data, two_cells)


def test_the_layer_is_removed_while_a_tool_is_on(correct, two_cells):
    widget, hand = correct(plain(two_cells), two_cells)
    widget.form.tools.buttons["delete"].click()
    widget.viewer.layers.remove("cells")
    assert "New" in widget.form.tools.status.text()
    QTest.mouseClick(hand._canvas.native, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    widget.viewer.add_labels(two_cells, name="again")
    widget.form.labels.choose(widget.viewer.layers["again"])
    hand.click(80, 80)
    assert not (widget.viewer.layers["again"].data == 3).any()


def test_new_labels_lie_where_the_image_does(correct, two_cells):
    widget, hand = correct(plain(two_cells), two_cells)
    image = widget.viewer.layers["image"]
    image.scale, image.translate, image.rotate = (0.5, 0.25), (3, 4), 30
    widget.form.new_button.click()
    layer = widget.form.labels.layer()
    assert layer.data.shape == two_cells.shape
    assert layer.data.dtype == np.int32
    np.testing.assert_allclose(
        layer.data_to_world((70, 20)), image.data_to_world((70, 20)), atol=1e-9
    )
    widget.form.tools.buttons["outline"].click()
    widget.viewer.reset_view()
    QTest.qWait(100)
    hand.draw((60, 10), (60, 30), (80, 30), (80, 10))
    assert layer.data[70, 20] == 1


def test_a_plane_of_a_stack_with_scale(correct, two_cells):
    stack = np.stack([np.zeros_like(two_cells), two_cells, two_cells])
    stack[0, :5, :5] = 40
    widget, hand = correct(plain(stack), stack.copy())
    layer = widget.form.labels.layer()
    for one in widget.viewer.layers:
        one.scale = (2, 0.5, 0.25)
    widget.viewer.reset_view()
    widget.viewer.dims.set_current_step(0, 2)
    widget.form.tools.buttons["outline"].click()
    QTest.qWait(100)
    hand.draw((60, 10), (60, 30), (80, 30), (80, 10))
    assert layer.data[2, 70, 20] == 41, "greater than those of the other planes"
    assert not layer.data[1, 70, 20]
    np.testing.assert_array_equal(layer.data[:2], stack[:2])


def test_labels_of_a_type_that_is_full(correct):
    labels = np.zeros((100, 100), np.uint8)
    labels[:51, :5].flat = np.arange(1, 256)
    widget, hand = correct(plain(labels), labels)
    widget.form.tools.buttons["outline"].click()
    hand.draw((60, 10), (60, 30), (80, 30), (80, 10))
    assert "255" in widget.form.tools.status.text()


def test_review_goes_from_doubt_to_doubt(qtbot, correct, nuclei):
    """By the truth: Space says that one is right, an edit that it is corrected."""
    image, truth = nuclei
    labels = truth.copy()
    gone, cut = whole_cells(truth)[2:4]
    labels[labels == gone] = 0
    y, x = np.nonzero(labels == cut)
    labels[y[: 2 * len(y) // 3], x[: 2 * len(y) // 3]] = 0
    widget, hand = correct(image, labels)
    viewer, box = widget.viewer, widget.form.review
    viewer.add_labels(truth, name="truth", metadata={"cellbench": {"truth": True}}, visible=False)
    box.look_button.click()
    qtbot.waitUntil(lambda: box.list.count() == 2, timeout=TIMEOUT)
    total = len(np.unique(labels)) - 1
    assert box.progress.text().startswith(f"2 worth a look. 0 of {total} checked")
    place = viewer.scene.camera.center
    widget.form.tools.buttons["delete"].click()
    first = box.doubt
    hand.press(Qt.Key.Key_Space)
    assert box.list.count() == 1
    assert box.doubt != first
    assert viewer.scene.camera.center != place
    (cell,) = box.doubt.cells or first.cells
    if box.doubt.cells:
        assert widget.form.chosen.text() == f"Cell {cell}"
    widget.form.tools.buttons["choose"].click()
    hand.click(*centre(labels, cell))
    widget.form.one["Grow"].click()
    expected = 0 if first.cells == () else 1
    assert box.list.count() == expected
    hand.press(Qt.Key.Key_Escape)
    assert box.list.count() == 1
    hand.press(Qt.Key.Key_U, Qt.KeyboardModifier.ShiftModifier)
    assert "unsure" in box.progress.text() or not box.doubt.cells


def test_what_looks_odd_without_a_truth(qtbot, correct, nuclei):
    image, truth = nuclei
    labels = truth.copy()
    labels[120:123, 150:153] = labels.max() + 1
    widget, _ = correct(image, labels)
    widget.form.review.look_button.click()
    qtbot.waitUntil(lambda: widget.form.review.list.count() > 0, timeout=TIMEOUT)
    texts = [widget.form.review.list.item(i).text() for i in range(widget.form.review.list.count())]
    assert any(f"Cell {labels.max()}:" in text for text in texts)
    widget.form.labels.choose(None)
    assert widget.form.review.list.count() == 0
    assert "Look through" in widget.form.review.progress.text()
