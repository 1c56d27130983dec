"""A list of the viewer's layers of one kind to choose from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QWidget

from ..choices import ChoiceBox

if TYPE_CHECKING:
    from napari.layers import Layer

NOTHING = "—"


class LayerBox(ChoiceBox):
    """Follows the viewer's layers; its choice survives renaming and is dropped with the layer.

    Parameters
    ----------
    viewer
        Whose layers.
    accepts
        Which of them.
    tip
        What the layer is for.
    """

    chosen = Signal()

    def __init__(
        self,
        viewer: Any,
        accepts: Callable[[Layer], bool],
        tip: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(tip, parent)
        self._viewer, self._accepts = viewer, accepts
        self._layers: list[Layer] = []
        events = viewer.layers.events
        for event in (events.inserted, events.removed, events.reordered):
            event.connect(self.refresh)
        self.currentIndexChanged.connect(self._announce)
        self.refresh()

    def layer(self) -> Layer | None:
        """Return the chosen layer, if any.

        napari tells others of what a removal changes before it tells of the removal: a layer that
        the viewer no longer has isn't chosen.
        """
        layer = self._current()
        return layer if layer in self._viewer.layers else None

    def choose(self, layer: Layer | None) -> None:
        """Choose a layer; None for nothing."""
        self.setCurrentIndex(self._layers.index(layer) + 1 if layer in self._layers else 0)

    def layers(self) -> list[Layer]:
        """Return all layers that can be chosen."""
        return list(self._layers)

    def refresh(self, event: Any = None) -> None:
        """Take the viewer's layers anew, and keep the choice where it still exists."""
        before = self._current()
        for layer in self._layers:
            layer.events.name.disconnect(self._rename)
        self._layers = [layer for layer in self._viewer.layers if self._accepts(layer)]
        for layer in self._layers:
            layer.events.name.connect(self._rename)
        blocked = self.blockSignals(True)
        self.clear()
        self.addItem(NOTHING)
        self.addItems([layer.name for layer in self._layers])
        self.choose(before)
        self.blockSignals(blocked)
        if self._current() is not before:
            self._announce()

    def disconnect_layers(self) -> None:
        """Stop following the viewer, before the widget goes."""
        events = self._viewer.layers.events
        for event in (events.inserted, events.removed, events.reordered):
            event.disconnect(self.refresh)
        for layer in self._layers:
            layer.events.name.disconnect(self._rename)

    def _current(self) -> Layer | None:
        index = self.currentIndex()
        return self._layers[index - 1] if 0 < index <= len(self._layers) else None

    def _rename(self, event: Any = None) -> None:
        for i, layer in enumerate(self._layers):
            self.setItemText(i + 1, layer.name)

    def _announce(self, *_: object) -> None:
        self.chosen.emit()
