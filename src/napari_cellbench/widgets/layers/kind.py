"""What a layer shows, remembered until its data change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from ...data.kind import Kind, kind_of
from ...data.sample import RGB, Role

if TYPE_CHECKING:
    from napari.layers import Image

QUICK = 512**2
"""Pixels of a plane up to which a look at it takes less than 50 ms."""
_KNOWN: WeakKeyDictionary[Image, tuple[int, Kind]] = WeakKeyDictionary()


def kind_of_layer(layer: Image) -> Kind:
    """Return the kind of an image layer, by the middle plane of a stack.

    An array that can't be read makes it unsure: the run will tell what is wrong.
    """
    data = layer.data[0] if layer.multiscale else layer.data
    known = _KNOWN.get(layer)
    if known is not None and known[0] == id(layer.data):
        return known[1]
    spatial = 3 if layer.rgb else 2
    try:
        middle = tuple(int(n) // 2 for n in data.shape[:-spatial])
        plane = data[middle] if middle else data
        kind = kind_of(np.moveaxis(plane, -1, 0) if layer.rgb else plane, colour=layer.rgb)
    except Exception as error:  # Lazy arrays raise anything.
        reason = f"it can't be read ({error or type(error).__name__})"
        roles: tuple[Role, ...] = RGB if layer.rgb else ("nucleus",)
        kind = Kind("unsure", 0.0, (reason,), tuple(range(len(roles))), roles)
    _KNOWN[layer] = (id(layer.data), kind)
    return kind


def is_quick(layer: Any) -> bool:
    """Say whether `kind_of_layer` takes no time to speak of: known, or small and in memory."""
    data = layer.data[0] if layer.multiscale else layer.data
    spatial = data.shape[-3:-1] if layer.rgb else data.shape[-2:]
    is_small = isinstance(data, np.ndarray) and int(np.prod(spatial)) <= QUICK
    return layer in _KNOWN or is_small
