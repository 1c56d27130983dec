"""Which layers the grid view shows: truth, results, and the images under them."""

from __future__ import annotations

from typing import Any

import numpy as np
from napari.layers import Image

from ....data.record import record_of
from ...layers.placement import to_world
from ...layers.proxies import itself
from ...layers.source import spatial_shape
from ..results import Item, Results


def truth_of(results: Results, layers: Any) -> Any | None:
    """Return the truth's layer if it is open."""
    truth = itself(results.truth)
    return truth if truth is not None and truth in layers else None


def tiles_of(results: Results, layers: Any, order: list[Item] | None) -> dict[Any, Item | None]:
    """Return the layers to show in tiles, each with its item; the truth comes first, without one.

    Parameters
    ----------
    results
        What is compared.
    layers
        The viewer's.
    order
        Items that come first.
    """
    truth, done = truth_of(results, layers), results.done()
    tiles: dict[Any, Item | None] = {} if truth is None else {truth: None}
    first = [item for item in order or [] if item in done]
    for item in [*first, *(item for item in done if item not in first)]:
        layer = itself(item.layer)
        if layer in layers:
            tiles.setdefault(layer, item)
    return tiles


def images_of(results: Results, layers: Any) -> list[Any]:
    """Return the images under the results: those that were segmented, and their other channels.

    Another image that is visible, lies at the same place and isn't known to be of another sample is
    a channel: the stacked view shows it with the others.
    """
    own = [itself(layer) for layer in results.images.values()]
    own = [layer for layer in own if layer in layers]
    candidates = [layer for layer in layers if isinstance(layer, Image) and layer.visible]
    if not own:
        return candidates
    return own + [layer for layer in candidates if layer not in own and _beside(layer, own[0])]


def _beside(layer: Any, image: Any) -> bool:
    """Tell whether a layer covers the same planes as an image."""
    samples = {record_of(one).get("sample") for one in (layer, image)} - {None}
    same_size = spatial_shape(layer)[-2:] == spatial_shape(image)[-2:]
    same_place = np.allclose(to_world(layer, 2), to_world(image, 2))
    return len(samples) < 2 and same_size and same_place
