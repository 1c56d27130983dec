"""Which way up an image is stored, as EXIF and TIFF say it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

UPRIGHT = 1
TAG = 274
"""Number of the tag in EXIF and TIFF."""


def turned(image: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Return a stored (..., Y, X) image as it is to be seen, a view.

    Parameters
    ----------
    image
        As stored.
    orientation
        1 to 8, as TIFF 6.0 defines them: which sides of the scene the first row and the first
        column are.
    """
    if orientation in (5, 6, 7, 8):
        image = image.swapaxes(-1, -2)
    if orientation in (3, 4, 7, 8):
        image = image[..., ::-1, :]
    if orientation in (2, 3, 6, 7):
        image = image[..., ::-1]
    return image


def turned_shape(shape: tuple[int, int, int], orientation: int) -> tuple[int, int, int]:
    """Return the shape that `turned` makes of a (C, Y, X) one."""
    c, y, x = shape
    return (c, x, y) if orientation in (5, 6, 7, 8) else shape


def orientation_of(stated: Any) -> int:
    """Return the orientation that a file states; upright where it is none."""
    return int(stated) if isinstance(stated, int | np.integer) and 1 <= stated <= 8 else UPRIGHT


def note_of(orientation: int, name: str) -> tuple[str, ...]:
    """Return what a person should know of it."""
    if orientation == UPRIGHT:
        return ()
    return (f"{name} was turned upright, as its orientation tag ({orientation}) says.",)
