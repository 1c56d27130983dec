"""The error map as a layer: right outlines, missed cells, false cells."""

from __future__ import annotations

from typing import Any

import numpy as np
from napari.layers import Labels
from napari.utils.colormaps import DirectLabelColormap
from numpy.typing import NDArray

from ...data.record import noted
from ...scoring.errors import FALSE, MATCHED, MISSED
from ..layers.placement import placement
from ..layers.temporary import TemporaryLayer

NAME = "Error map"
PALETTES: dict[str, dict[int | None, str]] = {
    "White, blue, red": {MATCHED: "white", MISSED: "#3060ff", FALSE: "#e02020"},
    "Colour-blind safe": {MATCHED: "white", MISSED: "#56B4E9", FALSE: "#E69F00"},
}
"""Colours of matched outlines, missed and false cells; the second pair is Okabe and Ito's."""


class ErrorMap(TemporaryLayer):
    """The layer of the error map.

    Parameters
    ----------
    viewer
        napari's viewer.
    """

    def __init__(self, viewer: Any) -> None:
        super().__init__(viewer)
        self._palette = next(iter(PALETTES))

    def show(self, picture: NDArray[np.uint8], truth: Any) -> None:
        """Show a picture on the truth.

        Parameters
        ----------
        picture : (Y, X) uint8
        truth
            The layer that it belongs to.
        """
        if self.layer is not None and self.layer.data.shape == picture.shape:
            self.layer.data = picture
            return
        layer = Labels(
            picture,
            name=NAME,
            **placement(truth, 2),
            colormap=_colormap(self._palette),
            opacity=0.8,
            metadata=noted({"error_map": True}),
        )
        self.put(layer)

    def set_palette(self, name: str) -> None:
        """Choose from `PALETTES`."""
        self._palette = name
        if self.layer is not None:
            self.layer.colormap = _colormap(name)


def _colormap(palette: str) -> Any:
    colours: dict[int | None, str] = {None: "transparent", 0: "transparent"}
    colours.update(PALETTES[palette])
    return DirectLabelColormap(color_dict=colours)
