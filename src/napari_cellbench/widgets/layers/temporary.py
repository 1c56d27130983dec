"""A layer that a panel shows for a while, and takes away again."""

from __future__ import annotations

from typing import Any

from napari.layers import Layer
from qtpy.QtCore import QObject, Signal


class TemporaryLayer(QObject):
    """Adds and removes one layer; the user goes on with the layers that were selected.

    Parameters
    ----------
    viewer
        napari's viewer.

    Attributes
    ----------
    layer
        The layer while it is there.

    Signals
    -------
    removed
        The user has removed the layer.
    """

    removed = Signal()

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self._viewer = viewer
        self.layer: Any | None = None
        viewer.layers.events.removed.connect(self._gone)

    def put(self, layer: Layer, index: int | None = None) -> None:
        """Add a layer in place of the one that is there.

        Parameters
        ----------
        layer
            Made by `napari.layers`: a plugin's viewer hands out proxies of layers, which are none
            of its own.
        index
            Where in the list of layers; None for in front of all.
        """
        self.hide()
        layers = self._viewer.layers
        selected, active = set(layers.selection), layers.selection.active
        self.layer = layer
        if index is None:
            self._viewer.add_layer(layer)
        else:
            layers.insert(index, layer)
        layer.editable = False
        layers.selection = selected
        layers.selection.active = active

    def hide(self) -> None:
        """Remove the layer."""
        layer = self.give_away()
        if layer is not None and layer in self._viewer.layers:
            self._viewer.layers.remove(layer)

    def give_away(self) -> Any | None:
        """Return the layer and forget it: from now on it is the user's."""
        layer, self.layer = self.layer, None
        return layer

    def close_layer(self) -> None:
        """Remove the layer and follow the viewer no longer."""
        self.hide()
        self._viewer.layers.events.removed.disconnect(self._gone)

    def _gone(self, event: Any) -> None:
        if self.layer is not None and event.value == self.layer:
            self.layer = None
            self.removed.emit()
