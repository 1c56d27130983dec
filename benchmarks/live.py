"""How fast the Score and the Adjust widget follow a person, in a real napari window.

    xvfb-run -a -s "-screen 0 1600x1000x24" python benchmarks/live.py

Prints Markdown: at 2048 x 2048 with 5000 cells, the time from a brush's paint event to the updated
table, what the widget adds to the paint event itself, the time from a slider's tick to the drawn
layer, and the frames per second while the slider is dragged. `--size` and `--cells` measure other
images, such as 10000 and 100000. The machine should have nothing else to do.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import napari
import numpy as np
from napari.layers import Labels
from qtpy.QtCore import QObject
from qtpy.QtWidgets import QApplication

from conftest import draw_cells
from napari_cellbench.widgets.demo import wait

STROKES = 40
TICKS = 40
DRAGGED = 4.0
"""Seconds that the slider is dragged."""
TRUTH = {"cellbench": {"truth": True, "sample": "cells"}}
PREDICTION = {"cellbench": {"sample": "cells"}}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=2048, help="side of the image in pixels")
    parser.add_argument("--cells", type=int, default=5000)
    asked = parser.parse_args()
    truth = draw_cells((asked.size, asked.size), asked.cells)
    prediction = np.roll(truth, (2, 1), (0, 1))
    viewer = napari.Viewer(show=True)
    viewer.window.resize(1560, 960)
    viewer.add_layer(Labels(truth, name="truth", metadata=TRUTH, visible=False))
    layer = Labels(prediction, name="prediction", metadata=PREDICTION)
    viewer.add_layer(layer)
    print(f"{asked.size} x {asked.size}, {asked.cells} cells\n")
    print("| what | median | 90 % are below | worst |\n|---|---|---|---|")
    alone = paint(viewer, layer, lambda start: None)
    score(viewer, layer, alone)
    adjust(viewer, layer)
    viewer.close()


def score(viewer: Any, layer: Labels, alone: list[float]) -> None:
    """Measure painting beside the Score widget."""
    _, widget = viewer.window.add_plugin_dock_widget("napari-cellbench", "Score")
    until(lambda: bool(widget.results))
    wait(1000)
    clock = Clock()
    # Behind the widget's own connection: the table is filled in already.
    widget.scorer.scored.connect(clock.note)
    latencies: list[float] = []

    def answered(start: float) -> None:
        until(lambda: clock.last > start)
        latencies.append(min(at for at in clock.times if at > start) - start)

    beside = paint(viewer, layer, answered)
    line("paint event to updated table", latencies)
    line("paint event itself, without the widget", alone)
    line("paint event itself, with it", beside)
    viewer.window.remove_dock_widget(widget)
    wait(500)


def paint(viewer: Any, layer: Labels, after: Callable[[float], None]) -> list[float]:
    """Paint dots and return what each event took, in seconds; call `after` with its start."""
    # No seed: napari keeps silent about a dot that is there already.
    rng = np.random.default_rng()
    layer.brush_size = 40
    took = []
    for _ in range(STROKES):
        at = tuple(rng.integers(40, min(layer.data.shape) - 40, 2))
        start = time.perf_counter()
        layer.paint(at, int(rng.integers(1, 5000)))
        took.append(time.perf_counter() - start)
        after(start)
        wait(100)
    return took


class Clock(QObject):
    """Notes when it is called; being an object of Qt's, that is in the GUI's thread."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    @property
    def last(self) -> float:
        """When it was called last."""
        return self.times[-1] if self.times else 0.0

    def note(self, *_: object) -> None:
        self.times.append(time.perf_counter())


def adjust(viewer: Any, layer: Labels) -> None:
    """Measure the slider of the Adjust widget."""
    viewer.layers.selection.active = layer
    _, widget = viewer.window.add_plugin_dock_widget("napari-cellbench", "Adjust")
    slider = widget.form.distance.slider
    canvas = viewer.window._qt_viewer.canvas._scene_canvas
    refreshed, drawn = Clock(), Clock()
    canvas.events.draw.connect(drawn.note, position="last")
    slider.setValue(1)
    until(lambda: widget.preview.layer is not None and not widget.job.busy)
    wait(1000)
    widget.preview.layer.events.set_data.connect(refreshed.note)
    latencies = []
    for tick in range(TICKS):
        start = time.perf_counter()
        slider.setValue(1.5 + tick % 20 / 2)
        until(lambda start=start: refreshed.last > start and drawn.last > refreshed.last)
        latencies.append(drawn.last - start)
        until(lambda: not widget.job.busy)
    line("slider's tick to drawn layer", latencies)
    start, tick = time.perf_counter(), 0
    while time.perf_counter() - start < DRAGGED:
        tick += 1
        slider.setValue(1.5 + tick % 180 / 10)
        wait(5)
    seconds = time.perf_counter() - start
    layers, frames = (sum(at > start for at in clock.times) for clock in (refreshed, drawn))
    print(f"\nDragging the slider: {layers / seconds:.1f} refreshed layers a second,", end=" ")
    print(f"{frames / seconds:.1f} drawn frames a second (aim: 20)")
    until(lambda: not widget.job.busy)
    widget.closing()


def until(condition: Callable[[], bool]) -> None:
    """Let the window live until something has happened."""
    while not condition():
        QApplication.processEvents()
        time.sleep(0.0005)


def line(what: str, seconds: list[float]) -> None:
    """Print a row of the table, in milliseconds."""
    figures = np.array([np.median(seconds), np.percentile(seconds, 90), max(seconds)]) * 1e3
    print(f"| {what} | " + " | ".join(f"{figure:.1f} ms" for figure in figures) + " |", flush=True)


if __name__ == "__main__":
    main()
