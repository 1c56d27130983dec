"""Make the pictures of the examples in docs/examples at work: a method, a panel, a reader.

    xvfb-run -a -s "-screen 0 1600x1000x24" python scripts/make_example_pictures.py

Each is added as its how-to page says: the method by an entry point, which its worker finds too.
"""

from __future__ import annotations

import os
import runpy
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import napari
import tifffile
from qtpy.QtCore import Qt

from make_panel_pictures import open_segment, open_small, run, shot_of_layers
from napari_cellbench.data import readers
from napari_cellbench.data.samples import open_demo
from napari_cellbench.widgets.demo import wait
from napari_cellbench.widgets.jobs.engines import shared_engine
from napari_cellbench.widgets.opening import open_data
from picture_window import IMAGES, add_segmentation, shot, write

EXAMPLES = IMAGES.parent / "examples"


def method() -> Any:
    """Show the form that Segment makes of the example's parameters, and its result."""
    widget = open_segment(open_demo())
    widget.form.method.choose("threshold")
    wait(200)
    widget.form.parameters.set_values({"level": 0.2})
    run(widget)
    return shot(widget.viewer, widget.form, margin=5)


def panel() -> Any:
    """Show the example's panel below the labels that it counts."""
    viewer = open_small(open_demo()[:1], 420, 560)
    canvas = viewer.window._qt_viewer
    canvas.dockLayerControls.hide()
    canvas.dockLayerList.hide()
    labels = add_segmentation(viewer, "watershed", "Watershed")
    labels.visible = True
    panel = runpy.run_path(str(EXAMPLES / "count_panel.py"))["CountPanel"](viewer)
    dock = viewer.window.add_dock_widget(panel, name="Count cells", area="bottom")
    panel.layer.choose(labels)
    wait(500)
    viewer.window._qt_window.resizeDocks([dock], [1], Qt.Orientation.Vertical)
    wait(500)
    viewer.reset_view(margin=0)
    end = panel.answer.mapTo(panel.window(), panel.answer.rect().bottomLeft()).y()
    return shot(viewer, canvas, dock)[: end + 30]


def reader(folder: Path) -> Any:
    """Show what the example opens: quarters of a real image, the last one without masks."""
    readers.READERS = (
        *readers.READERS,
        runpy.run_path(str(EXAMPLES / "masks_reader.py"))["READER"],
    )
    for name, (data, _, _) in zip(("raw", "masks"), open_demo(), strict=True):
        (folder / "plate1" / name).mkdir(parents=True)
        half = data.shape[0] // 2
        for i in range(4 if name == "raw" else 3):
            quarter = data[half * (i // 2) :, half * (i % 2) :][:half, :half]
            tifffile.imwrite(folder / "plate1" / name / f"{i + 1}.tif", quarter)
    viewer = open_small([], 540, 400)
    open_data(viewer, folder / "plate1")
    return shot_of_layers(viewer)


def announce(folder: Path) -> None:
    """Install the example method, for this process and for workers."""
    shutil.copy(EXAMPLES / "threshold_method.py", folder)
    info = folder / "threshold_method-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: threshold-method\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[napari_cellbench.methods]\nthreshold = threshold_method:Threshold\n"
    )
    sys.path.append(str(folder))
    paths = filter(None, [str(folder), os.environ.get("PYTHONPATH")])
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)


def main() -> None:
    """Make all pictures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        announce(folder)
        write(method(), IMAGES / "add-a-method.png")
        write(panel(), IMAGES / "add-a-panel.png")
        write(reader(folder), IMAGES / "add-a-reader.png")
        shared_engine().release()
        napari.Viewer.close_all()


if __name__ == "__main__":
    main()
