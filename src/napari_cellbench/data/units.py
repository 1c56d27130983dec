"""Sizes in micrometres, as files and layers state them."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

SMALLEST, LARGEST = 1e-4, 1e4
"""Micrometres that the side of a pixel can have: an atom's width to a centimetre."""


class PixelSize(NamedTuple):
    """Height and width of a pixel in micrometres; `known_pixel_size` makes them."""

    y: float
    x: float

    @property
    def area(self) -> float:
        """Area in square micrometres."""
        return self.y * self.x

    @property
    def is_square(self) -> bool:
        """Whether the sides are equal, but for the rounding in files."""
        return math.isclose(self.y, self.x, rel_tol=1e-4)

    @property
    def text(self) -> str:
        """What a person reads."""
        return f"{self.x:.4g}{'' if self.is_square else f' × {self.y:.4g}'} µm"

    def plain(self) -> float | list[float]:
        """Return what records hold: the side of a square, else [height, width]."""
        return self.x if self.is_square else [self.y, self.x]


def known_pixel_size(value: Any) -> PixelSize | None:
    """Return the size of a pixel, or None where what is stated can't be one.

    Files state sizes of 0, -0.5, NaN or 1e12 µm; microscopes make no such pixels.

    Parameters
    ----------
    value
        Height and width in micrometres, or one number for a square; numbers' texts; or None.
    """
    y, x = value if isinstance(value, tuple | list) and len(value) == 2 else (value, value)
    height, width = _side(y), _side(x)
    return None if height is None or width is None else PixelSize(height, width)


def _side(value: Any) -> float | None:
    try:
        size = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return size if math.isfinite(size) and SMALLEST <= size <= LARGEST else None


def layer_scale(pixel_size: PixelSize | None, ndim: int) -> dict[str, Any]:
    """Return a napari layer's scale and units, of so many dimensions; empty where unknown."""
    if pixel_size is None:
        return {}
    further = ndim - 2
    return {
        "scale": (1.0,) * further + tuple(pixel_size),
        "units": ("pixel",) * further + ("micrometer",) * 2,
    }
