"""What the scripts that take pictures of widgets share: a window with a segmented real image."""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from typing import Any

import napari
import numpy as np
from napari.layers import Image, Labels
from PIL import Image as Picture
from qtpy.QtCore import QMargins, QPoint, QRect
from qtpy.QtGui import QImage
from qtpy.QtWidgets import QWidget

from napari_cellbench.data.layers import read_layers
from napari_cellbench.data.samples import open_demo
from napari_cellbench.data.source import Source
from napari_cellbench.engine import Entry, Request, segment
from napari_cellbench.widgets.demo import wait
from napari_cellbench.widgets.jobs.engines import shared_engine

IMAGES = Path(__file__).parents[1] / "docs" / "images"
OWN = tempfile.TemporaryDirectory(prefix="cellbench-pictures-")
"""Settings and corrections of those who make pictures aren't shown in them, nor changed."""
for variable in ("CELLBENCH_CONFIG", "CELLBENCH_DATA"):
    os.environ[variable] = OWN.name


def arguments(description: str, picture: str) -> argparse.Namespace:
    """Read the command line that all of these scripts have."""
    parser = argparse.ArgumentParser(description=description)
    add_arguments(parser, picture)
    return parser.parse_args()


def add_arguments(parser: argparse.ArgumentParser, picture: str) -> None:
    """Add what all of these scripts ask for."""
    parser.add_argument("--image", type=Path, help="NAME_image.tif with NAME_labels.tif beside it")
    parser.add_argument("--crop", type=int, help="take the upper left corner of so many pixels")
    parser.add_argument("--pixel-size", type=float, help="in micrometres")
    parser.add_argument("--theme", default="dark", choices=["dark", "light"])
    parser.add_argument("--output", type=Path, default=IMAGES / picture)


def open_window(asked: argparse.Namespace, width: int, height: int) -> napari.Viewer:
    """Open napari with the image and its truth; without an image the one of the demo."""
    viewer = napari.Viewer(show=True)
    viewer.theme = asked.theme
    viewer.window.resize(width, height)
    layers = read_layers(str(asked.image)) if asked.image else open_demo()
    size = asked.pixel_size
    place = {"scale": (size, size), "units": ("micrometer",) * 2} if size else {}
    for data, options, kind in layers:
        shown = options | place | {"visible": kind == "image"}
        getattr(viewer, f"add_{kind}")(data[: asked.crop, : asked.crop], **shown)
    return viewer


def add_segmentation(viewer: napari.Viewer, method: str, name: str) -> Labels:
    """Segment the image with a method and its bundled checkpoint, as the Segment widget does."""
    image = next(layer for layer in viewer.layers if isinstance(layer, Image))
    own = image.metadata["cellbench"]
    source = Source.of(np.asarray(image.data)[None])
    request = Request.of(source, (own["role"],), Entry(method), image.name)
    found = segment(shared_engine(), request)
    scores = found.instances.scores
    record = found.provenance | {"sample": own["sample"]}
    labels = Labels(
        found.instances.to_labels(),
        name=name,
        scale=image.scale,
        units=image.units,
        visible=False,
        metadata={"cellbench": record if scores is None else record | {"scores": scores.tolist()}},
    )
    viewer.add_layer(labels)
    return labels


def take(viewer: napari.Viewer, output: Path) -> None:
    """Write the picture of the window, and close it."""
    write(shot(viewer), output)
    shared_engine().release()
    viewer.close()


def shot(viewer: napari.Viewer, *widgets: QWidget, margin: int = 0) -> Any:
    """Return the window's pixels; with widgets, those of the rectangle around all of them."""
    wait(1000)
    window: Any = viewer.screenshot(canvas_only=False, flash=False)
    around = QRect()
    for widget in widgets:
        around |= QRect(widget.mapTo(widget.window(), QPoint(0, 0)), widget.size())
    around = around.marginsAdded(QMargins(margin, margin, margin, margin))
    if not widgets:
        return window[..., :3]
    top, left = max(around.top(), 0), max(around.left(), 0)
    return window[top : around.bottom() + 1, left : around.right() + 1, :3]


def grab(widget: QWidget) -> Any:
    """Return the pixels of a dialogue or a list that is a window of its own."""
    wait(300)
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    line, height, width = image.bytesPerLine(), image.height(), image.width()
    rows = np.frombuffer(image.constBits().asstring(line * height), np.uint8).reshape(height, line)
    return rows[:, : width * 3].reshape(height, width, 3)


def write(pixels: Any, output: Path) -> None:
    """Write pixels with 256 colours, rare ones among them: a small file."""
    output.parent.mkdir(parents=True, exist_ok=True)
    few = Picture.fromarray(pixels).quantize(256, Picture.Quantize.MAXCOVERAGE, kmeans=4)
    few.save(output, optimize=True)
