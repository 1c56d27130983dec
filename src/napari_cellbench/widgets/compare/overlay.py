"""Temporary layers in the plane that is compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from napari.layers import Labels
from napari.utils.colormaps import DirectLabelColormap
from numpy.typing import NDArray

from ...data.record import noted
from ..layers.placement import placement
from ..layers.temporary import TemporaryLayer
from .planes import Seen

Make = Callable[..., Any]
MARK = "#F0E442"
"""Okabe and Ito's yellow: seen on dark images and on most labels."""


class Overlay(TemporaryLayer):
    """A layer in the plane of others.

    Parameters
    ----------
    viewer
        napari's viewer.
    make
        Makes the layer of an array and the keyword arguments of its place.
    """

    def __init__(self, viewer: Any, make: Make) -> None:
        super().__init__(viewer)
        self._make = make
        self._leading: tuple[int, ...] = ()

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
            # Of zeros that nobody writes, the system holds no memory.
            data = np.zeros(shape, picture.dtype)
            data[leading] = picture
            self._leading = leading
            self.put(self._make(data, **placement(seen.layer)))
            return
        if leading != self._leading:
            layer.data[self._leading] = 0
            self._leading = leading
        layer.data[leading] = picture
        layer.refresh()


def new_marks(data: Any, **options: Any) -> Labels:
    """Make a layer of marks, which have label 1."""
    colours: dict[int | None, str] = {None: "transparent", 0: "transparent", 1: MARK}
    return Labels(
        data,
        colormap=DirectLabelColormap(color_dict=colours),
        opacity=0.6,
        metadata=noted({"error_map": True}),
        **options,
    )
