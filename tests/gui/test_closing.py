"""Panels that go, in all the ways in which they can."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from qtpy.QtCore import QCoreApplication, QEvent
from qtpy.QtWidgets import QWidget

from napari_cellbench.widgets.closing import Closing, close_all

from .left_overs import callbacks

PANELS = ("Segment", "Compare", "Score", "Adjust", "Gallery")
SECONDS = 5.0
"""In which napari ends in mid-run, on a busy computer; it is about one without."""


@pytest.fixture
def open_panel(make_napari_viewer, engine):
    """Return a function that opens a panel of the plugin, and napari's viewer for it."""

    def open_(name: str) -> tuple[Any, Any]:
        viewer = make_napari_viewer()
        viewer.add_image(np.zeros((16, 16), np.uint8))
        viewer.add_labels(np.zeros((16, 16), np.uint8))
        _, panel = viewer.window.add_plugin_dock_widget("napari-cellbench", name)
        return panel, viewer

    return open_


@pytest.mark.parametrize("name", PANELS)
def test_panel_taken_out_of_its_dock_follows_nothing(open_panel, name):
    panel, viewer = open_panel(name)
    before = callbacks(viewer)
    dock = panel.parent()
    dock.hide()
    dock.show()
    assert not panel.closing.is_closed
    assert callbacks(viewer) == before
    dock.destroyOnClose()
    assert panel.closing.is_closed
    assert not callbacks(viewer)
    viewer.layers.pop()
    viewer.add_image(np.ones((8, 8)))


def gone_with_window(viewer: Any, panel: Any) -> None:
    viewer.window._qt_window.close()


def gone_with_program(viewer: Any, panel: Any) -> None:
    close_all()


def deleted(viewer: Any, panel: Any) -> None:
    panel.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.mark.parametrize("go", [gone_with_window, gone_with_program, deleted])
def test_panel_closes_whichever_way_it_goes(open_panel, go):
    panel, viewer = open_panel("Adjust")
    closing = panel.closing
    assert not closing.is_closed
    go(viewer, panel)
    assert closing.is_closed


def test_widget_that_qt_deletes_with_its_parent_is_closed(qtbot):
    parent, closed = QWidget(), []
    panel = QWidget(parent)
    panel.closing = Closing(panel, None, lambda: closed.append(1))
    parent.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert closed == [1]
    panel.closing()
    assert closed == [1]


def test_window_that_stays_keeps_its_panels(qtbot):
    window, closed = QWidget(), []
    panel = QWidget(window)
    panel.closing = Closing(panel, None, lambda: closed.append(1))
    panel.closing._window = window
    window.installEventFilter(panel.closing)
    window.show()
    window.closeEvent = lambda event: event.ignore()
    window.close()
    assert window.isVisible()
    assert not closed
    window.closeEvent = lambda event: event.accept()
    window.close()
    assert closed == [1]
    window.deleteLater()


@pytest.mark.parametrize(
    ("what", "where"),
    [("window", "method"), ("window", "model"), ("window", "image"), ("panel", "method")],
)
def test_closing_in_mid_run(with_misbehaving, tmp_path, what, where):
    """The worker ends with it, no layer comes later, and napari ends at once."""
    # The one that `nothing_left` has made.
    temporary = tmp_path / "temporary"
    file = tmp_path / "seen.json"
    environment = {**os.environ, "TMPDIR": str(temporary)}
    if where == "model":
        environment["MISBEHAVING_LOADS"] = "120"
    script = Path(__file__).with_name("close_during_segment.py")
    napari = subprocess.run(
        [sys.executable, str(script), str(file), what, where],
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    ended = time.time()
    assert napari.returncode == 0, napari.stderr[-2000:]
    assert "Traceback" not in napari.stderr
    seen = json.loads(file.read_text())
    if what == "panel":
        assert seen["layers"] == ["cells"]
        ended = seen["ended"]
    assert ended - seen["closed"] < SECONDS
    _, alive = psutil.wait_procs(
        [psutil.Process(pid) for pid in seen["workers"] if psutil.pid_exists(pid)], timeout=5
    )
    assert not alive
    assert not list(temporary.glob("appose*"))
