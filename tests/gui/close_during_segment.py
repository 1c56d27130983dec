"""Closes napari, or the panel, while the Segment widget runs, and writes what was seen.

Arguments: a file for what was seen; "window" or "panel"; what blocks: "method", "image" or
"model".
"""

import json
import sys
import time
from pathlib import Path

import napari
import numpy as np
import psutil
from qtpy.QtCore import QTimer

SECONDS = 120
"""How long the run would last."""
seen_file, what, where = Path(sys.argv[1]), sys.argv[2], sys.argv[3]


class Slow:
    """An array that is read once, for the screen, and then no more."""

    shape, ndim, dtype = (64, 64), 2, np.dtype(np.uint8)
    is_slow = False

    def __getitem__(self, index):
        if self.is_slow:
            time.sleep(SECONDS)
        return np.zeros(self.shape, self.dtype)[index]

    def __array__(self, dtype=None, copy=None):
        return self[:]


data = Slow() if where == "image" else np.zeros((64, 64), np.uint8)
viewer = napari.Viewer(show=True)
viewer.add_image(data, name="cells", contrast_limits=(0, 1))
_, widget = viewer.window.add_plugin_dock_widget("napari-cellbench", "Segment")
widget.form.method.setCurrentIndex(widget.form.method.findData("misbehaving"))
widget.form.parameters.set_values({"how": "deaf", "seconds": float(SECONDS)})
Slow.is_slow = True
widget.run()
run = widget.current_run
seen = {"status": "", "seconds": SECONDS}


def finish() -> None:
    """Tell what became of it once the run has ended, or too late."""
    if not run._thread.thread_.is_alive() or time.time() - seen["closed"] > 20:
        timer.stop()
        seen.update(ended=time.time(), layers=[layer.name for layer in viewer.layers])
        QTimer.singleShot(1000, close)


def close() -> None:
    """Close the window, as a user does."""
    viewer.window._qt_window.close()


def look() -> None:
    """Close once it runs."""
    texts = {"method": "Segmenting", "image": "Segmenting", "model": "Loading"}
    children = psutil.Process().children(recursive=True)
    if not widget.status.text().startswith(texts[where]) or not children:
        return
    timer.stop()
    seen.update(status=widget.status.text(), workers=[child.pid for child in children])
    QTimer.singleShot(1000, act)


def act() -> None:
    """Close what is to be closed."""
    seen["closed"] = time.time()
    if what == "window":
        seen_file.write_text(json.dumps(seen))
        close()
    else:
        widget.parent().destroyOnClose()
        timer.timeout.disconnect()
        timer.timeout.connect(finish)
        timer.start(20)


timer = QTimer()
timer.timeout.connect(look)
timer.start(100)
napari.run()
seen_file.write_text(json.dumps(seen))
