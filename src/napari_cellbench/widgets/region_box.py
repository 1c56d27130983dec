"""The part of the image that counts: all of it, what is visible, or a shape that is drawn."""

from __future__ import annotations

from typing import Any

from napari.layers import Shapes
from qtpy.QtCore import QTimer, Signal

from ..data.source import Region
from .choices import ChoiceBox
from .layers.source import drawn_region, visible_region

REGIONS = {"whole": "Whole image", "visible": "Visible region", "drawn": "Drawn shape"}
SETTLED = 150
"""After the view has moved, the visible region counts once it rests so long, in ms."""


class RegionBox(ChoiceBox):
    """Offers the regions; gives the user a shapes layer to draw in, and follows it and the view.

    Parameters
    ----------
    viewer
        napari's viewer.
    drawing
        Name of the shapes layer that the user draws the region in.

    Signals
    -------
    changed
        Another region counts.
    """

    changed = Signal()

    def __init__(self, viewer: Any, drawing: str) -> None:
        super().__init__("Which part of the image counts")
        self._viewer, self._drawing = viewer, drawing
        self._shapes: Any | None = None
        for key, title in REGIONS.items():
            self.addItem(title, key)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self.changed)
        for event, slot in self._connections():
            event.connect(slot)
        self.currentIndexChanged.connect(self._choose)

    def region(self, layer: Any) -> Region | None:
        """Return the rows and columns of a layer that count; None for all.

        Raises
        ------
        InputError
            If nothing is drawn, or the region holds none of the image.
        """
        kind = self.currentData()
        if kind == "visible":
            return visible_region(layer)
        return drawn_region(layer, self._shapes) if kind == "drawn" else None

    def close_region(self) -> None:
        """Follow the viewer no longer."""
        self._later.stop()
        for event, slot in self._connections():
            event.disconnect(slot)
        self._follow(None)

    def _choose(self, *_: object) -> None:
        drawn = self.currentData() == "drawn"
        self._follow(self._shapes_to_draw_in() if drawn else None)
        self.changed.emit()

    def _shapes_to_draw_in(self) -> Shapes:
        # Not by its name: a plugin's viewer would hand out a proxy, which is not the layer itself.
        for layer in self._viewer.layers:
            if layer.name == self._drawing and isinstance(layer, Shapes):
                return layer
        shapes = Shapes(
            name=self._drawing,
            ndim=2,
            edge_color="yellow",
            face_color="transparent",
            edge_width=2,
        )
        self._viewer.add_layer(shapes)
        shapes.mode = "add_rectangle"
        return shapes

    def _follow(self, shapes: Any | None) -> None:
        if self._shapes is not None:
            self._shapes.events.data.disconnect(self._drawn)
        self._shapes = shapes
        if shapes is not None:
            shapes.events.data.connect(self._drawn)

    def _drawn(self, event: Any = None) -> None:
        self._later.start(0)

    def _moved(self, event: Any = None) -> None:
        if self.currentData() == "visible":
            self._later.start(SETTLED)

    def _removed(self, event: Any) -> None:
        """Go back to the whole image when the shapes layer goes."""
        if event.value is self._shapes and event.value is not None:
            self._follow(None)
            self.setCurrentIndex(0)

    def _connections(self) -> list[tuple[Any, Any]]:
        camera = self._viewer.scene.camera.events
        return [
            (camera.center, self._moved),
            (camera.zoom, self._moved),
            (self._viewer.layers.events.removed, self._removed),
        ]
