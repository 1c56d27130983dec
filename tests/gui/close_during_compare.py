"""Closes napari while the Compare widget runs; the argument is a file for what was seen."""

import json
import sys
from pathlib import Path

import napari
import numpy as np
import psutil
from qtpy.QtCore import QTimer

from napari_cellbench.compare import State
from napari_cellbench.engine import Entry

SECONDS = 120
"""How long the second entry would run."""

viewer = napari.Viewer(show=True)
viewer.add_image(np.zeros((64, 64), np.uint8), name="cells")
_, widget = viewer.window.add_plugin_dock_widget("napari-cellbench", "Compare")
slow = Entry("misbehaving", parameters={"how": "deaf", "seconds": float(SECONDS)})
widget.methods.entries.add([Entry("watershed"), slow])
widget.methods.run()


def look() -> None:
    """Close once the first entry is done and the second one runs."""
    states = [item.status.state for item in widget.results.items()]
    if states != [State.DONE, State.RUNNING]:
        return
    timer.stop()
    workers = [child.pid for child in psutil.Process().children(recursive=True)]
    seen = {"states": states, "workers": workers, "seconds": SECONDS}
    Path(sys.argv[1]).write_text(json.dumps(seen))
    viewer.close()


timer = QTimer()
timer.timeout.connect(look)
timer.start(100)
napari.run()
