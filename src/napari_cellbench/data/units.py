"""Sizes in micrometres, as files and layers state them."""

from __future__ import annotations

import math
from typing import Any

SMALLEST, LARGEST = 1e-4, 1e4
"""Micrometres that the side of a pixel can have: an atom's width to a centimetre."""


def known_pixel_size(value: Any) -> float | None:
    """Return the side of a pixel in micrometres, or None where what is stated can't be one.

    Files state sizes of 0, -0.5, NaN or 1e12 µm; microscopes make no such pixels.

    Parameters
    ----------
    value
        A number, a number's text, or None.
    """
    try:
        size = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return size if math.isfinite(size) and SMALLEST <= size <= LARGEST else None
