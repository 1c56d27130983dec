"""How smooth napari stays, and what the plugin adds to its start.

    xvfb-run -a python benchmarks/gui.py

Prints Markdown: the longest pauses between two beats of a 5 ms timer in the GUI's thread while
an image is segmented, without what napari draws meanwhile, which depends on the graphics card and
stands apart; the pause in which napari shows the result layer; and start-up times. The machine
should have nothing else to do.
"""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial

import napari
import numpy as np
from qtpy.QtCore import Qt, QTimer

from napari_cellbench.data.samples import demo_sample
from napari_cellbench.widgets.demo import wait
from napari_cellbench.widgets.segment.widget import SegmentWidget

RUNS = 10
NAPARI = (
    "import napari, napari.layers, napari.qt.threading, skimage.measure, pandas;"
    "v = napari.Viewer(show=False); v.add_labels(__import__('numpy').ones((8, 8), int));"
)
IMPORTS = {
    "start of napari": NAPARI + "v.close()",
    "with the widget's modules": NAPARI
    + "import napari_cellbench.widgets.segment.widget; v.close()",
}
"""What napari imports anyway when it opens an image with labels, and what this plugin adds."""


def main() -> None:
    """Measure and print."""
    print("| what | median of runs | worst |\n|---|---|---|")
    for method in ("watershed", "stardist"):
        longest, drawing, arrival = heartbeat(method)
        print(f"| longest pause of the GUI, {method}, 2048 x 2048 | {show(longest)} |")
        print(f"| longest drawing of the canvas meanwhile | {show(drawing)} |")
        print(f"| napari shows the result layer | {show(arrival)} |", flush=True)
    print(f"| opening the Segment widget | {show(opening())} |")
    started: dict[str, list[float]] = {name: [] for name in IMPORTS}
    for _ in range(RUNS):
        for name, code in IMPORTS.items():
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            started[name].append(time.perf_counter() - began)
    alone, both = (np.array(times) for times in started.values())
    print(f"| start of napari with a labels layer | {show(alone.tolist())} |")
    print(f"| what the plugin adds to it | {show((both - alone).tolist())} |")


def show(seconds: list[float]) -> str:
    """Return median and maximum in milliseconds."""
    return f"{np.median(seconds) * 1e3:.0f} ms | {max(seconds) * 1e3:.0f} ms"


def heartbeat(method: str) -> tuple[list[float], list[float], list[float]]:
    """Return each run's longest pause and drawing, and the pause of its result, in seconds."""
    image = np.tile(np.asarray(demo_sample().image[0]), (4, 4))
    viewer = napari.Viewer()
    viewer.add_image(image)
    viewer.add_labels(np.ones((8, 8), np.int32))
    widget = SegmentWidget(viewer)
    viewer.window.add_dock_widget(widget)
    widget.form.method.setCurrentIndex(widget.form.method.findData(method))
    longest, drawing, arrival = [], [], []
    events = viewer.window._qt_viewer.canvas.events
    for _ in range(RUNS):
        beats: list[float] = []
        inserted: list[int] = []
        timer = QTimer()
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(lambda beats=beats: beats.append(time.perf_counter()))
        note = partial(_note, beats, inserted)
        viewer.layers.events.inserted.connect(note)
        drawn = partial(_note_first_drawing, beats, inserted)
        begun: list[float] = []
        drawings: list[tuple[int, float]] = []
        begin = partial(_note_begin, begun)
        end = partial(_note_end, begun, beats, drawings)
        events.draw.connect(begin, position="first")
        events.draw.connect(drawn)
        events.draw.connect(end, position="last")
        wait(500)
        timer.start(5)
        widget.run()
        while widget.current_run is not None:
            wait(50)
        wait(300)
        timer.stop()
        viewer.layers.events.inserted.disconnect(note)
        for callback in (begin, drawn, end):
            events.draw.disconnect(callback)
        gaps = np.diff(beats)
        arrival.append(float(gaps[inserted].max()))
        within = [(i, seconds) for i, seconds in drawings if 0 <= i < len(gaps)]
        drawing.append(max((s for i, s in within if i not in inserted), default=0.0))
        for i, seconds in within:
            gaps[i] -= seconds
        longest.append(float(np.delete(gaps, inserted).max()))
    widget.engine.release()
    viewer.close()
    return longest, drawing, arrival


def _note(beats: list[float], inserted: list[int], event: object) -> None:
    inserted.append(len(beats) - 1)


def _note_first_drawing(beats: list[float], inserted: list[int], event: object) -> None:
    """Note the beat in which the result is drawn first, if a beat lies between."""
    if len(inserted) == 1:
        inserted.append(len(beats) - 1)


def _note_begin(begun: list[float], event: object) -> None:
    begun.append(time.perf_counter())


def _note_end(
    begun: list[float], beats: list[float], drawings: list[tuple[int, float]], event: object
) -> None:
    drawings.append((len(beats) - 1, time.perf_counter() - begun.pop()))


def opening() -> list[float]:
    """Return the seconds that it takes to make the widget, in a fresh process each."""
    code = (
        "import time, napari; from napari_cellbench.data.samples import open_demo;"
        "v = napari.Viewer(show=False);"
        "[getattr(v, 'add_' + k)(d, **o) for d, o, k in open_demo()];"
        "t = time.perf_counter();"
        "from napari_cellbench.widgets.segment.widget import SegmentWidget; w = SegmentWidget(v);"
        "print(time.perf_counter() - t); v.close()"
    )
    out = [subprocess.check_output([sys.executable, "-c", code], text=True) for _ in range(RUNS)]
    return [float(text) for text in out]


if __name__ == "__main__":
    main()
