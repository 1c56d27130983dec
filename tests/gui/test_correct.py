"""The Correct panel by real mouse and key events, with MobileSAM in a process of its own."""

from __future__ import annotations

import os
import signal
from importlib.util import find_spec
from itertools import pairwise

import numpy as np
import psutil
import pytest
from napari.utils.notifications import notification_manager
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest

from napari_cellbench.data.samples import demo_sample
from napari_cellbench.widgets.correct.widget import CorrectWidget
from napari_cellbench.widgets.segment.widget import SegmentWidget

TIMEOUT = 120_000
SIDE = 200


class Hand:
    """Does what a person does on the canvas, at places of the image in pixels."""

    def __init__(self, widget: CorrectWidget) -> None:
        self.widget, self.viewer = widget, widget.viewer
        self._canvas = self.viewer.window._qt_viewer.canvas

    def at(self, y: float, x: float) -> QPoint:
        node = self._canvas.layer_to_visual[self.widget.form.labels.layer()].node
        mapped = node.get_transform("visual", "canvas").map([x + 0.5, y + 0.5, 0, 1])
        return QPoint(round(mapped[0] / mapped[3]), round(mapped[1] / mapped[3]))

    def move(self, y: float, x: float) -> None:
        QTest.mouseMove(self._canvas.native, self.at(y, x))
        QTest.qWait(20)

    def click(self, y: float, x: float, modifier=Qt.KeyboardModifier.NoModifier) -> None:
        self.move(y, x)
        QTest.mouseClick(self._canvas.native, Qt.MouseButton.LeftButton, modifier, self.at(y, x))
        QTest.qWait(20)

    def draw(self, *places: tuple[float, float]) -> None:
        canvas, button = self._canvas.native, Qt.MouseButton.LeftButton
        no = Qt.KeyboardModifier.NoModifier
        QTest.mouseMove(canvas, self.at(*places[0]))
        QTest.mousePress(canvas, button, no, self.at(*places[0]))
        for start, end in pairwise(places):
            for share in np.linspace(0, 1, 6)[1:]:
                place = np.add(start, share * np.subtract(end, start))
                QTest.mouseMove(canvas, self.at(*place))
                QTest.qWait(10)
        QTest.mouseRelease(canvas, button, no, self.at(*places[-1]))
        QTest.qWait(20)

    def press(self, key: Qt.Key, modifier=Qt.KeyboardModifier.NoModifier) -> None:
        self._canvas.native.setFocus()
        QTest.keyClick(self._canvas.native, key, modifier)


@pytest.fixture
def correct(make_napari_viewer):
    """Return a function that opens the panel on an image, with labels or without."""
    made = []

    def open_(image, labels=None, **options):
        viewer = make_napari_viewer(show=True)
        viewer.window._qt_window.resize(1280, 800)
        viewer.add_image(image, name="image")
        if labels is not None:
            viewer.add_labels(labels, name="cells", metadata={"cellbench": {"method": "x"}})
        widget = CorrectWidget(viewer)
        viewer.window.add_dock_widget(widget, name="Correct (CellBench)", tabify=True)
        made.append(widget)
        QTest.qWait(100)
        if labels is None:
            widget.form.new_button.click()
        viewer.reset_view()
        QTest.qWait(100)
        return widget, Hand(widget)

    yield open_
    for widget in made:
        widget.closing()
        widget.prompts.thread_.join(30)


@pytest.fixture
def two_cells():
    """Two touching squares and one apart; (100, 100)."""
    labels = np.zeros((100, 100), np.int32)
    labels[20:40, 20:40], labels[20:40, 40:60], labels[70:90, 70:90] = 1, 2, 3
    return labels


def plain(labels):
    return (100 + 100 * (labels > 0)).astype(np.uint8)


@pytest.fixture
def nuclei():
    sample = demo_sample()
    truth = sample.truth["nucleus"].to_labels()[:SIDE, :SIDE]
    return np.asarray(sample.image[0])[:SIDE, :SIDE], truth


def whole_cells(truth):
    edge = {*truth[0], *truth[-1], *truth[:, 0], *truth[:, -1]}
    return [label for label in np.unique(truth[truth > 0]) if label not in edge]


def centre(truth, label):
    y, x = np.nonzero(truth == label)
    return float(y.mean()), float(x.mean())


def iou(a, b):
    return np.count_nonzero(a & b) / np.count_nonzero(a | b)


# Imported here, torch would meet napari's drawing in one process.
needs_sam = pytest.mark.skipif(find_spec("segment_anything") is None, reason="needs SAM")


@needs_sam
def test_hover_shows_a_cell_and_a_click_keeps_it(qtbot, correct, nuclei):
    image, truth = nuclei
    widget, hand = correct(image)
    layer = widget.form.labels.layer()
    assert layer.data.shape == truth.shape
    widget.form.buttons["point"].click()
    label = whole_cells(truth)[3]
    hand.move(*centre(truth, label))
    qtbot.waitUntil(lambda: widget.preview.is_shown, timeout=TIMEOUT)
    assert not layer.data.any(), "nothing is written before the click"
    hand.click(*centre(truth, label))
    qtbot.waitUntil(layer.data.any, timeout=TIMEOUT)
    assert iou(layer.data == 1, truth == label) > 0.5
    assert layer.selected_label == 1
    assert "Ctrl+Z" in widget.form.status.text()
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
    widget.form.buttons["point"].click()
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
    qtbot.waitUntil(told, timeout=TIMEOUT)
    hand.click(*centre(truth, second))
    qtbot.waitUntil(layer.data.any, timeout=TIMEOUT)


@needs_sam
def test_memory_is_released_and_the_next_click_loads_again(qtbot, correct, nuclei):
    image, truth = nuclei
    widget, hand = correct(image)
    segment = SegmentWidget(widget.viewer)
    widget.viewer.window.add_dock_widget(segment, name="Segment (CellBench)", tabify=True)
    assert not segment.release_button.isEnabled()
    widget.form.buttons["point"].click()
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
    widget.form.buttons["delete"].click()
    hand.click(80, 80)
    assert not (layer.data == 3).any()
    layer.undo()
    np.testing.assert_array_equal(layer.data, two_cells)
    widget.form.buttons["merge"].click()
    hand.click(30, 30)
    assert "cell 1" in widget.form.status.text()
    hand.click(30, 50)
    assert np.count_nonzero(layer.data == 1) == 800
    widget.form.buttons["split"].click()
    hand.draw((15, 40), (30, 40), (45, 40))
    assert len(np.unique(layer.data)) == 4
    widget.form.buttons["outline"].click()
    hand.draw((60, 10), (60, 30), (80, 30), (80, 10))
    assert layer.data[70, 20] not in (0, 1, 2, 3)
    for _ in range(3):
        hand.press(Qt.Key.Key_Escape)
    np.testing.assert_array_equal(layer.data, two_cells)


def test_a_stroke_without_a_move_in_between_is_one(correct, two_cells):
    widget, hand = correct(plain(two_cells), two_cells)
    widget.form.buttons["delete"].click()
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
    widget.form.buttons["outline"].click()
    low, high = 60 - 1 + beyond, 80 - 1 + beyond
    work.drawn([(low, 10.0), (low, 30.0), (high, 30.0), (high, 10.0)], frozenset())
    expected = np.zeros(two_cells.shape, bool)
    expected[60:80, 10:30] = True
    np.testing.assert_array_equal(layer.data == 4, expected)
    widget.form.buttons["delete"].click()
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
    widget.form.buttons["choose"].click()
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
    assert widget.form.tool() == "delete"
    hand.press(Qt.Key.Key_O, Qt.KeyboardModifier.ShiftModifier)
    assert widget.form.tool() == "outline"
    assert str(widget.form.labels.layer().mode) == "pan_zoom"
    widget.form.buttons["outline"].click()
    assert widget.form.tool() == ""
    assert widget.form.labels.layer().mouse_pan


def test_refusals_are_said_and_change_nothing(correct, two_cells):
    widget, hand = correct(plain(two_cells), two_cells.copy())
    layer = widget.form.labels.layer()
    widget.form.buttons["delete"].click()
    hand.click(50, 80)
    assert "There is no cell here" in widget.form.status.text()
    widget.form.buttons["split"].click()
    hand.draw((60, 5), (65, 5))
    assert widget.form.status.text()
    widget.viewer.dims.ndisplay = 3
    assert "2-D" in widget.form.status.text()
    widget.viewer.dims.ndisplay = 2
    np.testing.assert_array_equal(layer.data, two_cells)


def test_the_layer_is_removed_while_a_tool_is_on(correct, two_cells):
    widget, hand = correct(plain(two_cells), two_cells)
    widget.form.buttons["delete"].click()
    widget.viewer.layers.remove("cells")
    assert "New" in widget.form.status.text()
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
    widget.form.buttons["outline"].click()
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
    widget.form.buttons["outline"].click()
    QTest.qWait(100)
    hand.draw((60, 10), (60, 30), (80, 30), (80, 10))
    assert layer.data[2, 70, 20] == 41, "greater than those of the other planes"
    assert not layer.data[1, 70, 20]
    np.testing.assert_array_equal(layer.data[:2], stack[:2])


def test_labels_of_a_type_that_is_full(correct):
    labels = np.zeros((100, 100), np.uint8)
    labels[:51, :5].flat = np.arange(1, 256)
    widget, hand = correct(plain(labels), labels)
    widget.form.buttons["outline"].click()
    hand.draw((60, 10), (60, 30), (80, 30), (80, 10))
    assert "255" in widget.form.status.text()


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
    widget.form.buttons["delete"].click()
    first = box.doubt
    hand.press(Qt.Key.Key_Space)
    assert box.list.count() == 1
    assert box.doubt != first
    assert viewer.scene.camera.center != place
    (cell,) = box.doubt.cells or first.cells
    widget.form.buttons["choose"].click()
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
