"""What the panel does to the viewer: goes to a cell, and says in the status bar what is hovered."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from ...data.source import Plane
from .pieces import Pieces
from .types import CellError, Comparison

ON_SCREEN = 80
"""A cell that the camera goes to is shown at least so large, in pixels of the screen."""

SEPARATOR = "  ·  "
IDLE = "Ready"
"""What napari writes where it has nothing to tell."""


def go_to(viewer: Any, comparison: Comparison, error: CellError) -> None:
    """Centre the view on an error and make the predicted cell ready to be painted."""
    side = (comparison.truth_layer, comparison.truth, error.truth)
    if not error.truth:
        side = (comparison.layer, comparison.prediction, error.prediction)
    layer, plane, ids = side
    box = _bounding_box(plane, ids)
    if box is None:
        return
    centre_on(viewer, layer, plane, box)
    viewer.layers.selection.active = comparison.layer
    # A piece's number is no label of its mask.
    if error.prediction and not isinstance(comparison.prediction, Pieces):
        comparison.layer.selected_label = error.prediction[0]


def centre_on(viewer: Any, layer: Any, plane: Plane, box: NDArray[Any]) -> None:
    """Centre the view on a box, so near that it is well seen and so far that all of it is.

    Parameters
    ----------
    viewer
        napari's viewer.
    layer, plane
        In whose pixels the box is.
    box : (2, 2)
        Outer corners: top and left, bottom and right.
    """
    corners = np.array([layer.data_to_world((*plane.leading, *corner))[-2:] for corner in box])
    camera = viewer.scene.camera
    camera.center = (*camera.center[:-2], *corners.mean(axis=0))
    extent = np.ptp(corners, axis=0)
    fitting = float((np.array(viewer.canvas.size) / extent).min())
    camera.zoom = min(max(camera.zoom, ON_SCREEN / float(extent.max())), fitting)


def _bounding_box(plane: Plane, ids: tuple[int, ...]) -> NDArray[np.float64] | None:
    """Return the outer corners of objects in pixels, (2, 2); None if they are gone by now."""
    height, width = plane.shape
    found = np.isin(plane.read((slice(0, height), slice(0, width))), ids)
    rows, columns = np.flatnonzero(found.any(axis=1)), np.flatnonzero(found.any(axis=0))
    if not len(rows):
        return None
    return np.array([[rows[0], columns[0]], [rows[-1] + 1, columns[-1] + 1]]) - 0.5


class Hover(QObject):
    """Adds a description of the cell under the pointer to napari's status.

    Parameters
    ----------
    viewer
        napari's viewer; it holds this object weakly.

    Attributes
    ----------
    layer
        The layer in whose pixels to look, if any.

    Signals
    -------
    asked(row, column)
        The pointer has come to another pixel; the answer goes to `describe`.
    """

    asked = Signal(int, int)

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self._viewer = viewer
        self.layer: Any | None = None
        self._text = self._own = self._shown = ""
        self._pixel = (-1, -1)
        viewer.cursor.events.position.connect(self._moved)
        viewer.events.status.connect(self._append)

    def describe(self, text: str) -> None:
        """Show a description; an empty one removes it."""
        self._text = text
        self._append()

    def close_hover(self) -> None:
        """Follow the viewer no longer."""
        self._viewer.cursor.events.position.disconnect(self._moved)
        self._viewer.events.status.disconnect(self._append)

    def _moved(self, event: Any = None) -> None:
        layer = self.layer
        if layer is None:
            return
        position = self._viewer.cursor.position
        row, column = layer.world_to_data(position[-layer.ndim :])[-2:]
        pixel = round(float(row)), round(float(column))
        if pixel != self._pixel:
            self._pixel = pixel
            self.asked.emit(*pixel)

    def _append(self, event: Any = None) -> None:
        """Napari writes the status from a thread of its own, at any time: add to what it wrote."""
        status = self._viewer.status
        text = status["coordinates"] if isinstance(status, dict) else status
        if text != self._shown:
            self._own = text
        own = "" if self._text and self._own == IDLE else self._own
        self._shown = SEPARATOR.join(filter(None, (own, self._text)))
        if text != self._shown:
            is_dict = isinstance(status, dict)
            shown = {**status, "coordinates": self._shown} if is_dict else self._shown
            self._viewer.status = shown
