"""Which points of a grid are worth asking SAM about. Nothing here knows a framework."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FLAT = 16
"""Grey levels, of 256, within which a neighbourhood is empty: noise, but no outline."""


def flat_ground(photograph: NDArray[np.uint8], spacing: float) -> NDArray[np.bool_]:
    """Tell where an image shows nothing within a spacing around.

    Parameters
    ----------
    photograph : (Y, X, 3) uint8
    spacing
        In pixels.

    Returns
    -------
    (Y, X) bool
    """
    from scipy.ndimage import gaussian_filter, maximum_filter, minimum_filter

    size = 2 * max(1, round(spacing)) + 1
    flat = np.ones(photograph.shape[:2], bool)
    for colour in range(photograph.shape[2]):
        smooth = gaussian_filter(photograph[..., colour].astype(np.float32), 1)
        flat &= maximum_filter(smooth, size) - minimum_filter(smooth, size) < FLAT
    return flat
