"""Where the camera looks, in tiles and before."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

MARGIN = 0.97


def extent(layer: Any) -> NDArray[np.float64]:
    """Return the corners of a layer's planes in the world, rows and columns; (2, 2)."""
    half = np.abs(layer.scale[-2:]) / 2
    low, high = np.asarray(layer.extent.world)[:, -2:]
    return np.array([low - half, high + half])


def part_in_view(viewer: Any, whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the corners of what is seen of a part of the world; of all that is seen if nothing."""
    camera = viewer.scene.camera
    half = np.array(viewer.canvas.viewbox_size(viewer.layers)) / camera.zoom / 2
    centre = np.array(camera.center[-2:])
    seen = np.array([centre - half, centre + half])
    common = np.array([np.maximum(seen[0], whole[0]), np.minimum(seen[1], whole[1])])
    return common if (common[0] < common[1]).all() else seen


def look_at(viewer: Any, part: NDArray[np.float64]) -> None:
    """Let each tile show a part of the world as large as it can."""
    camera, size = viewer.scene.camera, viewer.canvas.viewbox_size(viewer.layers)
    camera.zoom = MARGIN * float(np.min(size / (part[1] - part[0])))
    camera.center = (*camera.center[:-2], *part.mean(axis=0))
