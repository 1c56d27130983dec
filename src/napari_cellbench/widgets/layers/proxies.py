"""Plugins get proxies of napari's layers, which are in none of napari's lists."""

from __future__ import annotations

from typing import Any


def itself(layer: Any) -> Any:
    """Return what a proxy stands for; anything else as it is."""
    return getattr(layer, "__wrapped__", layer)
