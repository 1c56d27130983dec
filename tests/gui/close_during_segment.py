"""Does something to napari while the Segment panel runs; says what happened as JSON.

python close_during_segment.py METHOD WAY REPORT

WAY is "panel" (the panel's x, then napari is used for two more seconds), "window" (napari is
closed), "image" (the image's layer is removed) or "pixels" (the image's pixels are replaced).
"""

import json
import sys
import time
from multiprocessing import resource_tracker
from pathlib import Path

import napari
import numpy as np
import psutil
from qtpy.QtCore import Qt, QTimer
from qtpy.QtTest import QTest

from napari_cellbench.engine import Entry

method, way, report = sys.argv[1:]
SIDE = 1536
PATIENCE = 120.0
"""Seconds until the run must have come as far as is waited for."""

SLOW = {"how": "deaf", "seconds": 150.0}
"""Of the ill-behaved method, which listens to nothing for that long."""

viewer = napari.Viewer(show=True)
rng = np.random.default_rng(0)
pixels = rng.normal(100, 5, (SIDE, SIDE)).astype(np.float32)
for y, x in rng.integers(10, SIDE - 10, (1000, 2)):
    pixels[y - 8 : y + 8, x - 8 : x + 8] += 200
image = viewer.add_image(pixels, name="cells")
dock, widget = viewer.window.add_plugin_dock_widget("napari-cellbench", "Segment")
if method == "misbehaving":
    # No form can show its parameters.
    widget.form.entry = lambda *_: Entry(method, parameters=SLOW)
else:
    widget.form.method.setCurrentIndex(widget.form.method.findData(method))
said: dict = {}
began = time.monotonic()
widget.run()


def workers() -> set[int]:
    """Return the processes below this one, but for Python's own that watches shared memory."""
    own = resource_tracker._resource_tracker._pid
    return {child.pid for child in psutil.Process().children(recursive=True)} - {own}


def act() -> None:
    """Act in the middle of the work, when the worker has begun."""
    if not widget.runs.status.text().startswith("Segmenting"):
        if time.monotonic() - began > PATIENCE:
            end(f"nothing ran: {widget.runs.status.text()}")
        return
    timer.stop()
    said["workers"] = sorted(workers())
    said["status"] = widget.runs.status.text()
    said["acted"] = time.monotonic()
    if way == "window":
        end("")
    elif way == "panel":
        QTest.mouseClick(dock.title.close_button, Qt.MouseButton.LeftButton)
        wait_for_the_workers()
    elif way == "image":
        viewer.layers.remove(image)
        wait_for_the_end()
    else:
        image.data = pixels[::-1].copy()
        wait_for_the_end()


def wait_for_the_workers() -> None:
    """Go on as soon as all are gone: a second after they were told, but for a busy computer."""
    if workers() & set(said["workers"]) and time.monotonic() - said["acted"] < 10:
        QTimer.singleShot(50, wait_for_the_workers)
    else:
        end("")


def wait_for_the_end() -> None:
    """Go on as soon as the panel is idle again."""
    if widget.current_run is None:
        QTimer.singleShot(500, lambda: end(""))
    elif time.monotonic() - said["acted"] > PATIENCE:
        end(f"busy for ever: {widget.runs.status.text()}")
    else:
        QTimer.singleShot(50, wait_for_the_end)


def end(fault: str) -> None:
    """Write down what is there, and close napari."""
    timer.stop()
    said["fault"] = fault
    said["layers"] = [layer.name for layer in viewer.layers]
    said["after"] = "" if way in ("panel", "window") else widget.runs.status.text()
    said["alive"] = sorted(workers() & set(said.get("workers", ())))
    Path(report).write_text(json.dumps(said))
    viewer.close()


timer = QTimer()
timer.timeout.connect(act)
timer.start(20)
napari.run()
