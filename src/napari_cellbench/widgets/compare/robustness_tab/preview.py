"""A degraded image as layers, to look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from napari.layers import Image
from numpy.typing import NDArray

from ....data.record import noted
from ....data.source import Region
from ...layers.placement import placement
from ...layers.temporary import TemporaryLayer

PREFIX = "Preview"


class Preview:
    """Adds layers and removes them again; there is one preview at a time.

    Parameters
    ----------
    viewer
        napari's viewer.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._layers: list[TemporaryLayer] = []

    @property
    def shown(self) -> bool:
        """Whether a layer of it is there."""
        return any(one.layer is not None for one in self._layers)

    def show(
        self, image: NDArray[Any], title: str, like: Mapping[str, Any], region: Region
    ) -> None:
        """Show an image over the part of the layers that it was made of.

        Parameters
        ----------
        image : (C, Y, X)
            The channels of all layers; a colour image has three.
        title
            How it was degraded.
        like
            The layers by role.
        region
            Rows and columns of the layers that it shows, in another number of pixels perhaps.
        """
        self.hide()
        channel = 0
        for layer in like.values():
            count = 3 if layer.rgb else 1
            part = image[channel : channel + count]
            channel += count
            self._add(np.moveaxis(part, 0, -1) if layer.rgb else part[0], title, layer, region)

    def hide(self) -> None:
        """Remove the layers that are still there."""
        layers, self._layers = self._layers, []
        for one in layers:
            one.close_layer()

    def _add(self, data: NDArray[Any], title: str, like: Any, region: Region) -> None:
        start = np.array([side.start for side in region], float)
        size = np.array([side.stop - side.start for side in region], float)
        step = size / data.shape[:2]
        colours = {} if like.rgb else {"colormap": like.colormap, "gamma": like.gamma}
        layer = Image(
            data,
            name=f"{PREFIX} · {title} · {like.name}",
            rgb=like.rgb,
            **placement(like, 2, start, step),
            contrast_limits=None if like.rgb else like.contrast_limits,
            blending=like.blending if self._layers else "opaque",
            metadata=noted({"preview": True}),
            **colours,
        )
        temporary = TemporaryLayer(self._viewer)
        temporary.put(layer)
        self._layers.append(temporary)
