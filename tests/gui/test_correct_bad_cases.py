"""The Correct panel where layers vanish, images are odd, and people click a hundred times."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import zarr
from napari.utils.notifications import notification_manager
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_cellbench.checkpoints import get_checkpoint, location
from napari_cellbench.corrections.review import CellState
from napari_cellbench.widgets.correct.asking import Wish
from napari_cellbench.widgets.correct.widget import CorrectWidget

from .hand import TIMEOUT, Hand, centre, iou, needs_sam, plain, whole_cells


def point_at(qtbot, widget, hand, place):
    """Hover until there is an outline."""
    widget.form.tools.choose("point")

    def is_shown() -> bool:
        hand.move(place[0] + 1, place[1])
        hand.move(*place)
        return widget.preview.is_shown

    qtbot.waitUntil(is_shown, timeout=TIMEOUT)


def errors_since(before):
    found = notification_manager.records[before:]
    return [one.message for one in found if str(one.severity) in ("error", "warning")]


@needs_sam
@pytest.mark.parametrize("what", ["labels", "image", "both"])
def test_a_layer_is_removed_in_mid_hover(qtbot, correct, nuclei, what):
    image, truth = nuclei
    widget, hand = correct(image)
    layer = widget.form.labels.layer()
    place = centre(truth, whole_cells(truth)[3])
    point_at(qtbot, widget, hand, place)
    before = len(notification_manager.records)
    there = hand.at(*place)
    if what in ("image", "both"):
        widget.viewer.layers.remove("image")
    if what in ("labels", "both"):
        widget.viewer.layers.remove(layer)
    canvas = widget.viewer.window._qt_viewer.canvas.native
    for _ in range(3):
        QTest.mouseMove(canvas, there)
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, there)
        QTest.qWait(100)
    assert not widget.preview.is_shown
    assert not layer.data.any()
    assert widget.form.tools.status.text()
    assert not errors_since(before)


@needs_sam
def test_renamed_and_replaced_in_mid_hover(qtbot, correct, nuclei):
    image, truth = nuclei
    widget, hand = correct(image)
    layer = widget.form.labels.layer()
    first, second, third = whole_cells(truth)[3:6]
    point_at(qtbot, widget, hand, centre(truth, first))
    layer.name = "a name that is another one, and longer than the box beside it has room for"
    hand.click(*centre(truth, first))
    qtbot.waitUntil(layer.data.any, timeout=TIMEOUT)
    # The same array as another layer's data, as napari's own tools and scripts do it.
    layer.data = np.where(truth == second, 7, 0).astype(np.int32)
    point_at(qtbot, widget, hand, centre(truth, third))
    hand.click(*centre(truth, third))
    qtbot.waitUntil(lambda: len(np.unique(layer.data)) == 3, timeout=TIMEOUT)
    np.testing.assert_array_equal(layer.data == 7, truth == second)
    # Of another size: the image no longer fits, which is said.
    layer.data = np.zeros((50, 60), np.int32)
    widget.form.tools.choose("")
    widget.form.tools.choose("point")
    assert "differ in size" in widget.form.tools.status.text()


def odd_images():
    """Return images of one kind each, from a plane of nuclei, and how napari opens them."""

    def with_holes(plane):
        image = plane.astype(np.float32)
        image[:40, :40], image[60:70, 60:70] = np.nan, np.inf
        return image, {}

    return {
        "NaN": with_holes,
        "16-bit": lambda plane: (plane.astype(np.uint16) * 200 + 1000, {}),
        "RGB": lambda plane: (np.stack([plane] * 3, -1), {"rgb": True}),
        "zarr": lambda plane: (zarr.array(plane, chunks=(64, 64)), {}),
        "far away": lambda plane: (
            plane,
            {"scale": (0.25, 0.25), "translate": (3000, -500), "units": ("um", "um")},
        ),
    }


@needs_sam
@pytest.mark.parametrize("kind", odd_images())
def test_a_click_on_odd_images(qtbot, correct, nuclei, kind):
    plane, truth = nuclei
    image, options = odd_images()[kind](plane)
    widget, hand = correct(image, **options)
    layer = widget.form.labels.layer()
    cell = next(one for one in whole_cells(truth) if min(centre(truth, one)) > 80)
    place = centre(truth, cell)
    point_at(qtbot, widget, hand, place)
    hand.click(*place)
    qtbot.waitUntil(lambda: np.any(layer.data), timeout=TIMEOUT)
    assert iou(layer.data > 0, truth == cell) > 0.5


@needs_sam
def test_two_channels_are_looked_at_together(qtbot, correct, nuclei):
    plane, truth = nuclei
    widget, hand = correct(plane)
    widget.viewer.add_image(plane[::-1].copy(), name="other")
    widget.form.images.boxes["whole_cell"].choose(widget.viewer.layers["other"])
    cell = whole_cells(truth)[3]
    point_at(qtbot, widget, hand, centre(truth, cell))
    hand.click(*centre(truth, cell))
    layer = widget.form.labels.layer()
    qtbot.waitUntil(layer.data.any, timeout=TIMEOUT)


@needs_sam
@pytest.mark.timeout(900)
def test_a_hundred_quick_clicks_are_all_answered_in_order(qtbot, correct, nuclei):
    image, truth = nuclei
    widget, hand = correct(image)
    layer = widget.form.labels.layer()
    cells = whole_cells(truth)
    point_at(qtbot, widget, hand, centre(truth, cells[0]))
    answered, asked = [], []
    widget.prompts.offered.connect(
        lambda wish, _: answered.append(wish.place) if wish.keep else None
    )
    wish = widget.prompts.wish

    def count(one: Wish) -> None:
        asked.extend([one.place] if one.keep else [])
        wish(one)

    widget.prompts.wish = count
    for number in range(100):
        y, x = centre(truth, cells[number % len(cells)])
        hand.click(y + number % 3, x)
    # What was shown already is kept at once and asks nothing more.
    assert len(asked) > 50
    qtbot.waitUntil(lambda: len(answered) == len(asked), timeout=3 * TIMEOUT)
    assert answered == asked
    found = set(np.unique(layer.data)) - {0}
    assert len(found) >= 0.8 * len(cells)
    hits = [max(iou(layer.data == one, truth == cell) for one in found) for cell in cells]
    assert np.median(hits) > 0.6
    while layer._undo_history:
        layer.undo()
    assert not layer.data.any(), "each click is a step of its own"


@needs_sam
def test_a_checkpoint_that_is_gone_is_said_and_the_other_tools_work(
    qtbot, correct, two_cells, tmp_path
):
    widget, hand = correct(plain(two_cells), two_cells.copy())
    layer = widget.form.labels.layer()
    file = tmp_path / "mine.safetensors"
    shutil.copy(location(get_checkpoint("mobile-sam")), file)
    widget.form.model.add_file(file)
    file.unlink()
    before = len(notification_manager.records)
    widget.form.tools.choose("point")
    hand.click(60, 20)

    def told() -> bool:
        new = notification_manager.records[before:]
        said = [widget.form.tools.status.text(), *(one.message for one in new)]
        return any("mine.safetensors" in one for one in said)

    qtbot.waitUntil(told, timeout=TIMEOUT)
    np.testing.assert_array_equal(layer.data, two_cells)
    widget.form.tools.choose("delete")
    hand.click(30, 30)
    assert not (layer.data == 1).any()


def test_undo_after_review_gives_the_states_back(qtbot, correct, two_cells):
    labels = two_cells.copy()
    labels[5:8, 5:8] = 4
    widget, hand = correct(plain(labels), labels)
    layer = widget.form.labels.layer()
    truth = {"cellbench": {"truth": True}}
    widget.viewer.add_labels(two_cells, name="truth", visible=False, metadata=truth)
    widget.viewer.layers.selection.active = layer
    widget.form.review.look_button.click()
    qtbot.waitUntil(lambda: widget.form.review.list.count() == 1, timeout=TIMEOUT)
    review = widget.reviewing.review
    assert review.state(4) is CellState.UNSEEN
    widget.form.tools.choose("delete")
    widget.viewer.reset_view()
    hand.click(6, 6)
    assert widget.form.review.list.count() == 0
    hand.press(Qt.Key.Key_Escape)
    assert (layer.data == 4).any()
    assert review.state(4) is CellState.UNSEEN
    assert widget.form.review.list.count() == 1
    hand.press(Qt.Key.Key_Space)
    assert review.state(4) is CellState.RIGHT
    # The last step is the decision: it is taken back alone, and the labels stay.
    data = layer.data.copy()
    hand.press(Qt.Key.Key_Escape)
    np.testing.assert_array_equal(layer.data, data)
    assert review.state(4) is CellState.UNSEEN


def test_time_and_depth_are_planes_of_their_own(make_napari_viewer, qtbot):
    viewer = make_napari_viewer(show=True)
    labels = np.zeros((2, 3, 64, 64), np.int32)
    labels[..., 10:30, 10:30] = 1
    viewer.add_image(plain(labels), scale=(1, 2, 0.5, 0.5), translate=(0, 0, 10, 20))
    layer = viewer.add_labels(
        labels,
        scale=(1, 2, 0.5, 0.5),
        translate=(0, 0, 10, 20),
        metadata={"cellbench": {"method": "x"}},
    )
    widget = CorrectWidget(viewer)
    viewer.window.add_dock_widget(widget, name="Correct")
    widget.form.labels.choose(layer)
    viewer.dims.set_point((0, 1), (1, 4))
    viewer.reset_view()
    QTest.qWait(100)
    widget.form.tools.choose("delete")
    Hand(widget).click(20, 20)
    assert not layer.data[1, 2].any()
    assert (layer.data.reshape(6, -1).any(1)).sum() == 5
    widget.closing()
    widget.prompts.thread_.join(30)
