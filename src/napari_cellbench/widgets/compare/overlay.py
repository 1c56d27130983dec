"""A layer that a tab shows for a while, and takes away again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from napari.layers import Labels
from napari.utils.colormaps import DirectLabelColormap
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from ..placement import placement
from .planes import Seen

Make = Callable[..., Any]
MARK = "#F0E442"
"""Okabe and Ito's yellow: seen on dark images and on most labels."""


class Overlay(QObject):
    """Adds, changes and removes one layer; the user goes on with the layer that was selected.

    Parameters
    ----------
    viewer
        napari's viewer.
    make
        Makes the layer of an array and the keyword arguments of its place.

    Attributes
    ----------
    layer
        The layer while it is shown.

    Signals
    -------
    removed
        The user has removed the layer.
    """

    removed = Signal()

    def __init__(self, viewer: Any, make: Make) -> None:
        super().__init__()
        self._viewer, self._make = viewer, make
        self.layer: Any | None = None
        self._leading: tuple[int, ...] = ()
        viewer.layers.events.removed.connect(self._gone)

    def show(self, picture: NDArray[Any], seen: Seen) -> None:
        """Show a picture in the plane of a layer.

        Parameters
        ----------
        picture : (Y, X)
        seen
            Whose plane; of a stack, the other planes are left empty.
        """
        shape, leading = seen.plane.data.shape, seen.plane.leading
        layer = self.layer
        if layer is None or layer.data.shape != shape or layer.data.dtype != picture.dtype:
            self.hide()
            # Of zeros that nobody writes, the system holds no memory.
            data = np.zeros(shape, picture.dtype)
            data[leading] = picture
            self._leading = leading
            self._add(data, seen.layer)
            return
        if leading != self._leading:
            layer.data[self._leading] = 0
            self._leading = leading
        layer.data[leading] = picture
        layer.refresh()

    def hide(self) -> None:
        """Remove the layer."""
        layer = self.give_away()
        if layer is not None and layer in self._viewer.layers:
            self._viewer.layers.remove(layer)

    def give_away(self) -> Any | None:
        """Return the layer and forget it: from now on it is the user's."""
        layer, self.layer = self.layer, None
        return layer

    def close_overlay(self) -> None:
        """Remove the layer and follow the viewer no longer."""
        self.hide()
        self._viewer.layers.events.removed.disconnect(self._gone)

    def _add(self, data: NDArray[Any], like: Any) -> None:
        layers = self._viewer.layers
        selected, active = set(layers.selection), layers.selection.active
        # Made here, since a plugin's viewer hands out proxies of layers, which are none of its own.
        self.layer = self._make(data, **placement(like))
        self._viewer.add_layer(self.layer)
        self.layer.editable = False
        layers.selection = selected
        layers.selection.active = active

    def _gone(self, event: Any) -> None:
        if self.layer is not None and event.value == self.layer:
            self.layer = None
            self.removed.emit()


def new_marks(data: Any, **options: Any) -> Labels:
    """Make a layer of marks, which have label 1."""
    colours: dict[int | None, str] = {None: "transparent", 0: "transparent", 1: MARK}
    return Labels(
        data,
        colormap=DirectLabelColormap(color_dict=colours),
        opacity=0.6,
        metadata={"cellbench": {"error_map": True}},
        **options,
    )
