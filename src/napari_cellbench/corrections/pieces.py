"""The connected pieces of a mask. Pixels are neighbours where they have a side in common."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


def pieces_of(mask: Mask) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Give the pieces of a mask numbers from 1, in the order of their first pixels.

    Returns
    -------
    pieces : (Y, X) int32
        0 is outside.
    sizes : (N,) int64
    """
    from scipy.ndimage import label

    pieces = np.empty(mask.shape, np.int32)
    n = label(mask, output=pieces)
    return pieces, np.bincount(pieces.ravel(), minlength=n + 1)[1:]


def largest_piece(mask: Mask) -> Mask:
    """Return the largest piece of a mask that has any; of equals the first."""
    pieces, sizes = pieces_of(mask)
    return mask if len(sizes) < 2 else pieces == sizes.argmax() + 1
