"""Make the pictures of panels and dialogues that the how-to pages show.

    xvfb-run -a -s "-screen 0 1600x1000x24" python scripts/make_panel_pictures.py [NAME ...]

Each shows the part of the real window that its page speaks of, as large as on the screen, so that
it can be read on a telephone. Settings and downloads are of the script's own.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import napari
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QApplication, QComboBox

from napari_cellbench.checkpoints import get_checkpoint, location
from napari_cellbench.data.samples import open_demo, open_tissuenet
from napari_cellbench.engine import Entry
from napari_cellbench.methods import get_method
from napari_cellbench.widgets.compare.widget import CompareWidget
from napari_cellbench.widgets.demo import wait
from napari_cellbench.widgets.docks import open_panel
from napari_cellbench.widgets.gallery.dialogs import AddDialog
from napari_cellbench.widgets.jobs.engines import shared_engine
from napari_cellbench.widgets.method.environment_dialog import EnvironmentDialog
from napari_cellbench.widgets.segment.widget import SegmentWidget
from picture_window import IMAGES, grab, shot, write

ENTRIES = (Entry("stardist", "stardist-nuclei-fluo"), Entry("watershed"))
ROWS = 11
"""Of the list of methods: those below say the same."""
MARGIN = 6
LIST_WIDTH = 440
"""Of a list that opens by itself as wide as its longest line, in pixels."""
LEVELS = {"poisson": "3, 10, 30, 100", "blur": "1, 2, 4, 6"}


def open_small(layers: list[Any], width: int = 960, height: int = 880) -> napari.Viewer:
    """Open napari with layers."""
    viewer = napari.Viewer(show=True)
    viewer.theme = "dark"
    viewer.window.resize(width, height)
    for data, options, kind in layers:
        getattr(viewer, f"add_{kind}")(data, **options)
    return viewer


def open_segment(layers: list[Any], height: int = 880) -> SegmentWidget:
    """Open napari with layers and the Segment panel."""
    widget = open_panel(open_small(layers, height=height), SegmentWidget, "Segment")
    wait(500)
    return widget


def run(widget: Any) -> None:
    """Press the button of a panel and wait until all is done."""
    widget.run()
    while widget.current_run is not None:
        wait(100)


def shot_of_layers(viewer: napari.Viewer) -> Any:
    """Return the pixels of the layer list and the image, without the controls of a layer."""
    canvas = viewer.window._qt_viewer
    canvas.dockLayerControls.hide()
    wait(200)
    window = viewer.window._qt_window
    window.resizeDocks([canvas.dockLayerList], [1], Qt.Orientation.Horizontal)
    wait(500)
    viewer.reset_view(margin=0)
    viewer.scene.camera.zoom *= canvas.canvas.native.height() / canvas.canvas.native.width()
    return shot(viewer, canvas.dockLayerList, canvas, margin=MARGIN)[MARGIN:]


def segment(folder: Path) -> Any:
    """Show the panel after a run."""
    widget = open_segment(open_demo(), height=850)
    run(widget)
    return shot(widget.viewer, widget)


def methods(folder: Path) -> Any:
    """Show the list of methods, with those that don't fit the image."""
    widget = open_segment(open_demo())
    widget.find.buttons["whole_cell"].click()
    wait(300)
    box = widget.form.method
    box.showPopup()
    box.view().scrollToTop()
    wait(100)
    window = box.view().window()
    first_left_out = box.view().visualRect(box.model().index(ROWS, 0))
    return grab(window)[: box.view().viewport().mapTo(window, first_left_out.topLeft()).y()]


def stacks(folder: Path) -> Any:
    """Show what the panel asks of a stack, and what it says in the end."""
    widget = open_segment(open_tissuenet(), height=900)
    widget.where.every_plane.setChecked(True)
    run(widget)
    return shot(widget.viewer, widget.where, widget.runs, margin=5)


def environment(folder: Path) -> Any:
    """Show where a method is sent to another environment."""
    widget = open_segment(open_demo())
    dialog = EnvironmentDialog(get_method("cellpose_sam"), widget)
    dialog.path.setText("envs/cellpose")
    dialog.show()
    width = dialog.minimumWidth()
    dialog.resize(width, dialog.layout().heightForWidth(width))
    return grab(dialog)


def own_checkpoint(folder: Path) -> Any:
    """Show what is said of a file that somebody adds."""
    file = folder / "my-nuclei.safetensors"
    shutil.copy(location(get_checkpoint("stardist-nuclei-fluo")), file)
    dialog = AddDialog(open_segment(open_demo()), file)
    dialog.show()
    return grab(dialog)


def open_data(folder: Path) -> Any:
    """Show the layers of a data set."""
    viewer = open_small(open_tissuenet(), 540, 400)
    viewer.layers.selection.active = viewer.layers[0]
    for layer in viewer.layers[2:]:
        layer.contour = 1
    viewer.layers[-2].visible = False
    return shot_of_layers(viewer)


def robustness(folder: Path) -> Any:
    """Show the curves of two methods on an image made worse."""
    viewer = open_small(open_demo(), 1050, 785)
    widget = open_panel(viewer, CompareWidget, "Compare")
    widget.methods.entries.add(ENTRIES)
    wait(500)
    widget.methods.run()
    while widget.session.current_run is not None:
        wait(100)
    widget.tabs.setCurrentWidget(widget.robustness)
    wait(500)
    tab = widget.robustness.content
    for kind, tick in tab.levels.ticks.items():
        tick.setChecked(kind in LEVELS)
        if kind in LEVELS:
            tab.levels.edits[kind].setText(LEVELS[kind])
    run(tab)
    widget.session.queue.release()
    return shot(viewer, widget)


def export(folder: Path) -> Any:
    """Show napari's dialogue, with the formats that labels can be written in."""
    run(widget := open_segment(open_demo()))
    taken: list[Any] = []

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        kinds = dialog.findChild(QComboBox, "fileTypeCombo")
        kinds.setCurrentIndex(kinds.findText("GeoJSON", Qt.MatchFlag.MatchContains))
        kinds.showPopup()
        kinds.view().window().resize(LIST_WIDTH, kinds.view().window().height())
        taken.append(grab(kinds.view().window()))
        kinds.hidePopup()
        dialog.reject()

    QTimer.singleShot(2000, look)
    widget.viewer.window._qt_viewer._save_layers_dialog(selected=True)
    return taken[0]


PICTURES: dict[str, Callable[[Path], Any]] = {
    "segment": segment,
    "methods": methods,
    "stacks": stacks,
    "environment": environment,
    "own-checkpoint": own_checkpoint,
    "open-data": open_data,
    "robustness": robustness,
    "export": export,
}


def main() -> None:
    """Make all pictures, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PICTURES))
    parser.add_argument("--output", type=Path, default=IMAGES)
    asked = parser.parse_args()
    for name in asked.names or PICTURES:
        with tempfile.TemporaryDirectory() as folder:
            os.environ["CELLBENCH_CACHE"] = str(Path(folder) / "cache")
            os.environ["CELLBENCH_CONFIG"] = str(Path(folder) / "config")
            write(PICTURES[name](Path(folder)), asked.output / f"{name}.png")
        shared_engine().release()
        napari.Viewer.close_all()


if __name__ == "__main__":
    main()
