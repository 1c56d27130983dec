"""How large a layer's pixels are."""

from __future__ import annotations

from typing import Any

from ...data.units import PixelSize, known_pixel_size
from ...data.writers.layer import MICROMETRES


def pixel_size(layer: Any) -> PixelSize | None:
    """Return the size of a layer's pixels; None if it isn't known."""
    height, width = (
        float(abs(side)) * MICROMETRES.get(str(unit), 0)
        for side, unit in zip(layer.scale[-2:], layer.units[-2:], strict=True)
    )
    return known_pixel_size((height, width))
