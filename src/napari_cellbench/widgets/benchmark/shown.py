"""The image of a row as layers: its channels, the truth, what was found, and where they differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from napari.layers import Image, Labels, Layer
from numpy.typing import NDArray

from ...benchmark.opening import Opened
from ...data.layers import sample_layers
from ...data.record import noted
from ...scoring.errors import error_map
from ..score.map import ErrorMap

ON_SCREEN = 160.0
"""Width that a cell has on the screen when it is gone to, in its pixels."""


def drawn(opened: Opened) -> NDArray[np.uint8] | None:
    """Return the error map; None where the method failed. Slow: for a thread."""
    if opened.prediction is None:
        return None
    return error_map(opened.truth.to_labels(), opened.prediction.to_labels())


class ShownImage:
    """The layers of one image, which the next one replaces; other layers stay.

    Parameters
    ----------
    viewer
        napari's viewer.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._layers: list[Layer] = []
        self.map = ErrorMap(viewer)

    def show(
        self, opened: Opened, row: Mapping[str, Any], errors: NDArray[np.uint8] | None
    ) -> None:
        """Show an image in place of the one before."""
        self.remove()
        for data, options, kind in sample_layers(opened.sample):
            layer = Image(data, **options) if kind == "image" else Labels(data, **options)
            layer.visible = kind == "image"
            self._add(layer)
        truth = self._layers[-1]
        if opened.prediction is not None:
            found = Labels(
                opened.prediction.to_labels(),
                name=f"{row['image']}: {row['entry']}",
                scale=truth.scale,
                units=truth.units,
                visible=False,
                metadata=noted({"sample": row["image"], "target": row["target"]}),
            )
            self._add(found)
        if errors is not None:
            self.map.show(errors, truth)
        self._viewer.reset_view()

    def go_to(self, cell: Mapping[str, Any]) -> None:
        """Centre the view on a cell, near enough to see it."""
        if not self._layers or cell["y"] is None:
            return
        layer = self._layers[-1]
        y, x = layer.data_to_world((cell["y"], cell["x"]))
        camera = self._viewer.scene.camera
        camera.center = (*camera.center[:-2], y, x)
        width = max(float(np.sqrt(cell["size"])), 1.0) * float(layer.scale[-1])
        camera.zoom = max(camera.zoom, ON_SCREEN / width / 4)

    def remove(self) -> None:
        """Take the layers away that the user hasn't."""
        self.map.hide()
        for layer in self._layers:
            if layer in self._viewer.layers:
                self._viewer.layers.remove(layer)
        self._layers = []

    def close(self) -> None:
        """Leave the layers, and follow the viewer no longer."""
        self.map.close_layer()

    def _add(self, layer: Layer) -> None:
        self._viewer.add_layer(layer)
        self._layers.append(layer)
