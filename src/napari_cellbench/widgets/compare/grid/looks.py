"""How layers look in the grid view, and how everything looked before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Mode(StrEnum):
    """What all tiles show over the image."""

    OUTLINES = "outlines"
    FILLED = "filled"
    ERROR_MAP = "error map"
    HIDDEN = "hidden"


@dataclass(frozen=True)
class Look:
    """What the grid view changes of a layer.

    Attributes
    ----------
    contour
        Of a labels layer; None for others.
    """

    visible: bool
    contour: int | None = None

    @classmethod
    def of(cls, layer: Any) -> Look:
        """Return how a layer looks."""
        return cls(layer.visible, getattr(layer, "contour", None))

    def put_on(self, layer: Any) -> None:
        """Let a layer look so."""
        before = Look.of(layer)
        # Set one by one, each of the two would work the layer's picture out anew.
        with layer._block_refresh():
            if self.contour != before.contour:
                layer.contour = self.contour
            if self.visible != before.visible:
                layer.visible = self.visible
        if self.visible and self != before:
            layer.refresh(extent=False, thumbnail=not before.visible, highlight=False)


IN_TILE = Look(visible=True, contour=0)
"""Of a result in any mode: outlines, and not to draw it, are the canvas's part, at no cost."""


class Before:
    """The stacked view, to go back to.

    Parameters
    ----------
    viewer
        napari's viewer.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        camera, layers = viewer.scene.camera, viewer.layers
        self._centre, self._zoom = camera.center, camera.zoom
        self.enabled, self.spacing = viewer.canvas.grid.enabled, viewer.canvas.grid.spacing
        self._selected, self._active = set(layers.selection), layers.selection.active
        self._looks: dict[Any, Look] = {}

    def remember(self, layers: Iterable[Any]) -> None:
        """Note how layers look that aren't known yet."""
        for layer in layers:
            self._looks.setdefault(layer, Look.of(layer))

    def undress(self, layers: Iterable[Any]) -> None:
        """Let layers look as they did, and forget them."""
        for layer in list(layers):
            look = self._looks.pop(layer, None)
            if look is not None and layer in self._viewer.layers:
                look.put_on(layer)

    def undress_all(self) -> None:
        """Let all layers look as they did."""
        self.undress(self._looks)

    def restore_view(self) -> None:
        """Select what was selected, and look where the camera looked."""
        layers, camera = self._viewer.layers, self._viewer.scene.camera
        layers.selection = {layer for layer in self._selected if layer in layers}
        if self._active in layers:
            layers.selection.active = self._active
        camera.zoom, camera.center = self._zoom, self._centre
