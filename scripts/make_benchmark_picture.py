"""Make docs/images/benchmark.png: the Benchmark widget with an evaluation's figures and an image.

xvfb-run -a -s "-screen 0 1600x1000x24" python scripts/make_benchmark_picture.py RESULTS
"""

from __future__ import annotations

import argparse
from pathlib import Path

from napari_cellbench.widgets.benchmark.widget import BenchmarkWidget
from napari_cellbench.widgets.demo import wait
from napari_cellbench.widgets.docks import open_panel
from picture_window import add_arguments, open_window, take


def main() -> None:
    """Open a folder, choose a method and one of its images, and take the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, help="folder of `cellbench evaluate`")
    add_arguments(parser, "benchmark.png")
    asked = parser.parse_args()
    viewer = open_window(asked, 1560, 960)
    viewer.layers.clear()
    panel = open_panel(viewer, BenchmarkWidget, "Benchmark")
    panel.open(asked.results)
    while not panel.methods.shown():
        wait(100)
    panel.methods.selectRow(0)
    panel.images.selectRow(len(panel.images.shown()) // 2)
    while not panel.cells.shown():
        wait(100)
    panel.cells.selectRow(0)
    viewer.reset_view()
    wait(1500)
    take(viewer, asked.output)


if __name__ == "__main__":
    main()
