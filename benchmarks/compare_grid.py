"""How fast the Compare widget's grid view is, in a real napari window, and what memory it takes.

    xvfb-run -a -s "-screen 0 1600x1000x24" python benchmarks/compare_grid.py

Prints Markdown: the time to switch from the stacked view to the grid and back, until the window is
drawn, the frames per second while panning and zooming, and the memory that the grid adds. `--size`,
`--results`, `--cells` and `--channels` measure other images. The machine should have nothing else
to do.
"""

from __future__ import annotations

import argparse
import gc
import time
from typing import Any

import napari
import numpy as np
import psutil
from napari.layers import Image, Labels
from qtpy.QtWidgets import QApplication

from conftest import draw_cells
from napari_cellbench.widgets.compare.grid.view import GridView
from napari_cellbench.widgets.compare.results import Item, Results

SECONDS = 3.0
"""For each count of frames."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=1024, help="side of the image in pixels")
    parser.add_argument("--results", type=int, default=10)
    parser.add_argument("--cells", type=int, default=1000)
    parser.add_argument("--channels", type=int, default=1)
    parser.add_argument("--picture", help="file for a picture of the window")
    asked = parser.parse_args()
    warm_up()
    viewer = napari.Viewer(show=True)
    viewer.window.resize(1560, 960)
    results = open_results(viewer, asked)
    grid = GridView(viewer, results)
    wait(1.0)
    print(f"{asked.results} results, {asked.size} x {asked.size}, {asked.channels} channel(s)\n")
    print("| what | figure |\n|---|---|")
    stacked = memory()
    line("frames a second, stacked view, panning", f"{frames(viewer, pan):.1f}")
    line("switch to the grid", timed(viewer, grid.show))
    wait(1.0)
    line("frames a second, grid, panning", f"{frames(viewer, pan):.1f} (aim: 20)")
    line("frames a second, grid, zooming", f"{frames(viewer, zoom):.1f} (aim: 20)")
    added, allowed = memory() - stacked, sum(item.layer.data.nbytes for item in results.done())
    line("memory added", f"{added / 2**20:.1f} MiB (at most {allowed / 2**20:.0f})")
    if asked.picture:
        viewer.window.screenshot(asked.picture)
    for mode in ("filled", "hidden", "outlines"):
        line(f"all tiles: {mode}", timed(viewer, lambda mode=mode: grid.set_mode(mode)))
    line("back to the stacked view", timed(viewer, grid.hide))
    line("switch to the grid again", timed(viewer, grid.show))
    grid.close_grid()
    viewer.close()


def warm_up() -> None:
    """Show a small grid once: what is imported at first is not the results' memory."""
    viewer = napari.Viewer(show=True)
    small = argparse.Namespace(size=64, results=2, cells=4, channels=1)
    grid = GridView(viewer, open_results(viewer, small))
    grid.show()
    wait(0.5)
    grid.close_grid()
    viewer.close()


def open_results(viewer: Any, asked: argparse.Namespace) -> Results:
    """Open an image and results that differ a little."""
    rng = np.random.default_rng(0)
    truth = draw_cells((asked.size, asked.size), asked.cells)
    results, colours = Results(), ("gray", "magenta", "green", "blue")
    for channel in range(asked.channels):
        image = rng.normal(200, 20, truth.shape) + np.where(truth, 300, 0)
        layer = Image(
            np.roll(image, 5 * channel, 0).astype(np.uint16),
            name=f"channel {channel}",
            colormap=colours[channel % 4],
            blending="additive" if channel else "translucent",
        )
        viewer.add_layer(layer)
        results.set_images({**results.images, f"role {channel}": layer})
    for number in range(asked.results):
        labels = np.roll(truth, (number, number), (0, 1))
        layer = Labels(labels, name=f"method {number}")
        viewer.add_layer(layer)
        results.add(Item(layer.name, layer=layer))
    return results


def pan(viewer: Any, step: int) -> None:
    """Move the camera a little."""
    camera = viewer.scene.camera
    z, y, x = camera.center
    camera.center = (z, y, x + (10 if step // 10 % 2 else -10))


def zoom(viewer: Any, step: int) -> None:
    """Zoom in or out a little."""
    viewer.scene.camera.zoom *= 1.05 if step // 10 % 2 else 1 / 1.05


def frames(viewer: Any, move: Any) -> float:
    """Return how many frames a second are drawn while the camera moves with each."""
    drawn = Drawn(viewer)
    start, step = time.perf_counter(), 0
    while time.perf_counter() - start < SECONDS:
        move(viewer, step)
        drawn.wait()
        step += 1
    return step / (time.perf_counter() - start)


def timed(viewer: Any, action: Any) -> str:
    """Return how long an action takes until the window is drawn."""
    gc.collect()
    drawn, start = Drawn(viewer), time.perf_counter()
    action()
    returned = time.perf_counter() - start
    drawn.wait()
    return f"{time.perf_counter() - start:.2f} s, of which {returned:.2f} s until it returns"


class Drawn:
    """Waits until the canvas is drawn once more."""

    def __init__(self, viewer: Any) -> None:
        self._times = 0
        self._canvas = viewer.window._qt_viewer.canvas
        self._canvas.events.draw.connect(self._note, position="last")

    def wait(self) -> None:
        """Let the window live until a frame is drawn that was begun after the last one."""
        before = self._times
        while self._times == before:
            QApplication.processEvents()

    def _note(self, _event: object) -> None:
        self._times += 1


def wait(seconds: float) -> None:
    """Let the window live for a while."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        QApplication.processEvents()
        time.sleep(0.005)


def memory() -> int:
    """Return the process's resident memory in bytes."""
    gc.collect()
    return int(psutil.Process().memory_info().rss)


def line(what: str, figure: str) -> None:
    """Print a row of the table."""
    print(f"| {what} | {figure} |", flush=True)


if __name__ == "__main__":
    main()
