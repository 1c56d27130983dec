"""How smooth napari stays, and what the plugin adds to its start.

    xvfb-run -a python benchmarks/gui.py

Prints Markdown: the longest pauses between two beats of a 5 ms timer in the GUI's thread while
an image is segmented (with the result layer's arrival), and start-up times. The machine should
have nothing else to do.
"""

from __future__ import annotations

import subprocess
import sys
import time

import napari
import numpy as np
from qtpy.QtCore import Qt, QTimer

from napari_cellbench.data.samples import demo_sample
from napari_cellbench.widgets.demo import wait
from napari_cellbench.widgets.segment import SegmentWidget

RUNS = 5
IMPORTS = {
    "napari alone": "import napari, npe2; npe2.PluginManager.instance().discover()",
    "and this plugin's widget": (
        "import napari, npe2; npe2.PluginManager.instance().discover();"
        "import napari_cellbench.widgets.segment"
    ),
}


def main() -> None:
    """Measure and print."""
    print("| what | median of runs | worst |\n|---|---|---|")
    for method in ("watershed", "stardist"):
        gaps = heartbeat(method)
        print(f"| pause of the GUI, {method}, 2048 x 2048 | {show(gaps)} |", flush=True)
    print(f"| opening the Segment widget | {show(opening())} |")
    started: dict[str, list[float]] = {name: [] for name in IMPORTS}
    for _ in range(RUNS):
        for name, code in IMPORTS.items():
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            started[name].append(time.perf_counter() - began)
    alone, both = (np.array(times) for times in started.values())
    print(f"| import of napari | {show(alone.tolist())} |")
    print(f"| what the plugin adds to it | {show((both - alone).tolist())} |")


def show(seconds: list[float]) -> str:
    """Return median and maximum in milliseconds."""
    return f"{np.median(seconds) * 1e3:.0f} ms | {max(seconds) * 1e3:.0f} ms"


def heartbeat(method: str) -> list[float]:
    """Return the longest pause of each run, in seconds."""
    image = np.tile(np.asarray(demo_sample().image[0]), (4, 4))
    viewer = napari.Viewer()
    viewer.add_image(image)
    widget = SegmentWidget(viewer)
    viewer.window.add_dock_widget(widget)
    widget.method.setCurrentIndex(widget.method.findData(method))
    longest = []
    for _ in range(RUNS):
        beats: list[float] = []
        timer = QTimer()
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(lambda beats=beats: beats.append(time.perf_counter()))
        wait(500)
        timer.start(5)
        widget.run()
        while widget.current_run is not None:
            wait(50)
        wait(300)
        timer.stop()
        longest.append(float(np.diff(beats).max()))
    widget.engine.release()
    viewer.close()
    return longest


def opening() -> list[float]:
    """Return the seconds that it takes to make the widget, in a fresh process each."""
    code = (
        "import time, napari; from napari_cellbench.data.samples import open_demo;"
        "v = napari.Viewer(show=False);"
        "[getattr(v, 'add_' + k)(d, **o) for d, o, k in open_demo()];"
        "t = time.perf_counter();"
        "from napari_cellbench.widgets.segment import SegmentWidget; w = SegmentWidget(v);"
        "print(time.perf_counter() - t); v.close()"
    )
    out = [subprocess.check_output([sys.executable, "-c", code], text=True) for _ in range(RUNS)]
    return [float(text) for text in out]


if __name__ == "__main__":
    main()
