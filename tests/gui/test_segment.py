import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import dask.array as da
import numpy as np
import pytest
from napari.utils.notifications import notification_manager
from qtpy.QtCore import Qt, QTimer

from napari_cellbench.methods.watershed import WatershedParameters
from napari_cellbench.widgets.segment.widget import RECTANGLE, SegmentWidget

from .conftest import choose_method, labels_of

TIMEOUT = 120_000


def run(qtbot, widget: SegmentWidget) -> None:
    """Press Segment and wait for the end."""
    widget.runs.run_button.click()
    finish(qtbot, widget)


def finish(qtbot, widget: SegmentWidget) -> None:
    qtbot.waitUntil(lambda: widget.current_run is None, timeout=TIMEOUT)


def last_message() -> str:
    return notification_manager.records[-1].message


def test_result_is_a_layer_on_the_image_with_its_provenance(qtbot, make_widget, blobs):
    widget = make_widget(blobs, name="cells", scale=(0.5, 0.5), translate=(3, 4))
    run(qtbot, widget)
    (layer,) = labels_of(widget)
    assert layer.data.max() == 5
    assert layer.data.shape == blobs.shape
    np.testing.assert_array_equal(layer.scale, (0.5, 0.5))
    np.testing.assert_array_equal(layer.translate, (3, 4))
    record = layer.metadata["cellbench"]
    assert record["method"] == "watershed"
    assert record["image"] == "cells"
    assert record["n_objects"] == 5
    assert record["parameters"]["diameter"] == WatershedParameters().diameter
    assert "Classical watershed" in layer.name
    assert "cells" in layer.name
    assert widget.runs.status.text().startswith("5 objects")


def test_newest_result_is_what_one_sees(qtbot, make_widget, blobs):
    """The image, the truth as outlines, the new result; results of other images stay."""
    widget = make_widget(blobs, name="cells", metadata={"cellbench": {"sample": "a"}})
    image, viewer = widget.viewer.layers[0], widget.viewer
    truth = viewer.add_labels(
        (blobs > 200).astype(int), metadata={"cellbench": {"sample": "a", "truth": True}}
    )
    other = viewer.add_labels(
        (blobs > 200).astype(int), metadata={"cellbench": {"sample": "b", "method": "watershed"}}
    )
    own = viewer.add_labels((blobs > 200).astype(int), name="painted by hand")
    image.visible = False
    run(qtbot, widget)
    first = labels_of(widget)[-1]
    run(qtbot, widget)
    second = labels_of(widget)[-1]
    assert second is viewer.layers[-1]
    assert second is viewer.layers.selection.active
    shown = {layer for layer in viewer.layers if layer.visible}
    assert shown == {image, truth, other, own, second}
    assert not first.visible
    assert (truth.contour, other.contour, second.contour) == (2, 0, 0)
    assert second.selected_label == second.data.max() + 1


def test_form_values_reach_the_method(qtbot, make_widget, blobs):
    widget = make_widget(blobs)
    widget.form.parameters.set_values({"min_size": 10_000})
    run(qtbot, widget)
    assert labels_of(widget)[0].data.max() == 0
    assert widget.runs.status.text().startswith("0 objects")


def test_status_tells_nothing_of_a_result_that_is_gone(qtbot, make_widget, blobs):
    widget = make_widget(blobs)
    run(qtbot, widget)
    assert widget.runs.status.toolTip() == labels_of(widget)[0].name
    widget.viewer.layers.remove(labels_of(widget)[0])
    assert widget.runs.status.text() == "Ready."
    assert not widget.runs.status.toolTip()


def test_visible_region_only(qtbot, make_widget, blobs):
    widget = make_widget(blobs)
    layer = widget.viewer.layers[0]
    layer.corner_pixels = np.array([[0, 0], [63, 127]])
    widget.where.region.setCurrentIndex(widget.where.region.findData("visible"))
    run(qtbot, widget)
    labels = labels_of(widget)[0]
    assert labels.data.shape == blobs.shape
    assert labels.data[:50].max() > 0
    assert labels.data[80:].max() == 0
    assert labels.metadata["cellbench"]["region"] == [[0, 64], [0, 128]]


def test_drawn_rectangle(qtbot, make_widget, blobs):
    widget = make_widget(blobs, scale=(2, 2))
    widget.where.region.setCurrentIndex(widget.where.region.findData("drawn"))
    shapes = widget.viewer.layers[RECTANGLE]
    assert shapes.mode == "add_rectangle"
    shapes.add_rectangles(np.array([[160.0, 20], [160, 100], [240, 100], [240, 20]]))
    run(qtbot, widget)
    found = labels_of(widget)[0].data
    assert set(np.unique(found)) == {0, 1}
    assert found[100, 30] == 1


def test_drawn_rectangle_is_asked_for(make_widget, blobs):
    widget = make_widget(blobs)
    widget.where.region.setCurrentIndex(widget.where.region.findData("drawn"))
    widget.run()
    assert "Draw a rectangle" in last_message()
    assert widget.current_run is None


def test_every_plane_of_a_stack_is_linked(qtbot, make_widget, blobs):
    stack = np.stack([blobs, np.roll(blobs, 2, 1), np.roll(blobs, 4, 1)])
    widget = make_widget(stack)
    assert widget.where.every_plane.isVisibleTo(widget)
    widget.where.every_plane.setChecked(True)
    widget.link.setChecked(True)
    run(qtbot, widget)
    found = labels_of(widget)[0]
    assert found.data.shape == stack.shape
    assert found.data[0, 30, 30] == found.data[1, 30, 32] == found.data[2, 30, 34] > 0
    assert found.metadata["cellbench"]["planes"] == 3


def test_current_plane_of_a_lazy_stack(qtbot, make_widget, blobs):
    stack = da.from_array(np.stack([blobs * 0, blobs]), chunks=(1, 64, 64))
    widget = make_widget(stack)
    widget.viewer.dims.set_point(0, 1)
    run(qtbot, widget)
    found = labels_of(widget)[0].data
    assert found[0].max() == 0
    assert found[1].max() == 5


def test_colour_image_and_two_channels(qtbot, make_widget, blobs):
    colour = np.stack([blobs // 2] * 3, -1).astype(np.uint8)
    widget = make_widget(colour, rgb=True)
    assert widget.images.boxes["rgb"].layer() is widget.viewer.layers[0]
    run(qtbot, widget)
    # Grey in colours is one channel.
    assert labels_of(widget)[0].metadata["cellbench"]["roles"] == ["nucleus"]
    assert labels_of(widget)[0].data.max() == 5


def test_layers_are_chosen_by_their_metadata(make_widget, blobs):
    widget = make_widget()
    for role in ("whole_cell", "nucleus"):
        widget.viewer.add_image(blobs, name=role, metadata={"cellbench": {"role": role}})
    widget.images.suggest()
    assert widget.images.boxes["nucleus"].layer().name == "nucleus"
    assert widget.images.boxes["whole_cell"].layer().name == "whole_cell"
    assert widget.images.boxes["rgb"].layer() is None


def test_choice_follows_renaming_and_removal(make_widget, blobs):
    widget = make_widget(blobs, name="before")
    layer = widget.viewer.layers[0]
    layer.name = "a much longer name that nobody can read in a narrow box"
    box = widget.images.boxes["nucleus"]
    assert box.currentText() == layer.name
    assert box.toolTip() == layer.name or box.layer() is layer
    widget.viewer.layers.remove(layer)
    assert box.layer() is None


def test_no_image_is_said(make_widget):
    widget = make_widget()
    widget.run()
    assert "Choose the layer" in last_message()


@pytest.mark.parametrize(
    "image",
    [np.full((64, 64), 7, np.uint8), np.full((1, 1), 3.0), np.full((64, 64), np.nan)],
    ids=["constant", "one pixel", "NaN"],
)
def test_images_without_cells(qtbot, make_widget, image):
    widget = make_widget(image, contrast_limits=(0, 10))
    run(qtbot, widget)
    assert labels_of(widget)[0].data.max() == 0
    assert widget.runs.status.text().startswith("0 objects")


def test_layers_of_different_size(qtbot, make_widget, blobs):
    widget = make_widget(blobs, blobs[:64])
    widget.images.boxes["nucleus"].choose(widget.viewer.layers[0])
    widget.images.boxes["whole_cell"].choose(widget.viewer.layers[1])
    run(qtbot, widget)
    assert "differ in size" in last_message()


def test_cancel_answers_and_the_next_run_works(qtbot, make_widget, blobs):
    widget = make_widget(np.tile(blobs, (24, 24)))
    widget.runs.run_button.click()
    qtbot.waitUntil(lambda: "Segmenting" in widget.runs.status.text(), timeout=TIMEOUT)
    with qtbot.waitSignal(widget.current_run.ended, timeout=5000):
        widget.runs.cancel_button.click()
        assert widget.runs.status.text() == "Cancelling…"
    finish(qtbot, widget)
    assert not labels_of(widget)
    widget.viewer.layers[0].data = blobs
    run(qtbot, widget)
    assert labels_of(widget)[0].data.max() == 5


def test_layer_deleted_and_another_selected_during_the_run(qtbot, make_widget, blobs):
    widget = make_widget(np.tile(blobs, (8, 8)), name="first", scale=(3, 3))
    other = widget.viewer.add_image(blobs, name="other")
    widget.images.boxes["nucleus"].choose(widget.viewer.layers["first"])
    widget.runs.run_button.click()
    widget.viewer.layers.selection = {other}
    widget.viewer.layers.remove("first")
    finish(qtbot, widget)
    (layer,) = labels_of(widget)
    assert layer.metadata["cellbench"]["image"] == "first"
    np.testing.assert_array_equal(layer.scale, (3, 3))
    assert "removed in the meantime" in widget.runs.status.text()


def test_killed_worker_is_a_message_and_loses_nothing(qtbot, make_widget, engine, blobs):
    widget = make_widget(np.tile(blobs, (24, 24)))
    widget.runs.run_button.click()
    qtbot.waitUntil(lambda: "Segmenting" in widget.runs.status.text(), timeout=TIMEOUT)
    os.kill(engine.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    finish(qtbot, widget)
    assert "ended unexpectedly" in last_message()
    assert len(widget.viewer.layers) == 1
    widget.viewer.layers[0].data = blobs
    run(qtbot, widget)
    assert labels_of(widget)[0].data.max() == 5


def test_release_memory_ends_the_process(qtbot, make_widget, engine, blobs):
    widget = make_widget(blobs)
    run(qtbot, widget)
    pid = engine.pid
    assert pid
    widget.release_button.click()
    assert engine.pid is None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not widget.release_button.isEnabled()


def test_window_closed_during_a_run(qtbot, make_widget, engine, blobs):
    widget = make_widget(np.tile(blobs, (24, 24)))
    widget.runs.run_button.click()
    qtbot.waitUntil(lambda: "Segmenting" in widget.runs.status.text(), timeout=TIMEOUT)
    ended, viewer = widget.current_run, widget.viewer
    with qtbot.waitSignal(ended.ended, timeout=5000):
        widget.parent().destroyOnClose()
        assert widget.closing.is_closed
    widget.closing()
    assert len(viewer.layers) == 1


def test_wrong_checkpoint_is_said(qtbot, make_widget, blobs, tmp_path):
    widget = make_widget(blobs)
    choose_method(widget, "stardist")
    broken = tmp_path / "weights.h5"
    broken.write_bytes(b"not a model")
    widget.form.checkpoint.add_file(broken)
    assert widget.form.checkpoint.checkpoint().path == broken
    run(qtbot, widget)
    assert "weights.h5" in last_message()
    widget.form.checkpoint.checkpoint().path.unlink()
    run(qtbot, widget)
    assert "weights.h5" in last_message()
    assert not labels_of(widget)


def test_gui_thread_is_never_blocked(qtbot, make_widget, blobs):
    """No beat of a 5 ms timer takes the GUI's thread 50 ms, while 2048 x 2048 is segmented.

    The thread's own processor time is counted, which other programs don't lengthen;
    benchmarks/gui.py measures the wall time. The one beat in which the result arrives may take
    as long as napari needs to add such a layer, which is measured beside it.
    """
    widget = make_widget(np.tile(blobs, (16, 16)))
    viewer = widget.viewer
    beats: list[float] = []
    arrival: list[int] = []
    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: beats.append(time.thread_time()))
    viewer.layers.events.inserted.connect(lambda event: arrival.append(len(beats)))
    viewer.add_labels(np.ones((8, 8), np.int32))
    arrival.clear()
    timer.start(5)
    widget.runs.run_button.click()
    finish(qtbot, widget)
    qtbot.wait(50)
    timer.stop()
    found = labels_of(widget)[-1].data
    assert found.max() == 5 * 16 * 16
    began = time.thread_time()
    viewer.add_labels(found.copy())
    napari_needs = time.thread_time() - began
    gaps = np.diff(beats)
    assert len(gaps) > 50
    arriving = arrival[0] - 1
    assert gaps[arriving] < napari_needs + 0.05
    assert np.delete(gaps, arriving).max() < 0.05


def test_no_framework_in_the_gui_process():
    script = Path(__file__).with_name("open_widgets.py")
    found = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=240, check=False
    )
    assert found.returncode == 0, found.stderr[-2000:]
    assert found.stdout.split() == ["frameworks:"]
