"""Variation of training patches cell by cell.

Source: Lee et al. 2022, MEDIAR, NeurIPS Cell Segmentation Challenge, "Cell-aware augmentation".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SHARE = 0.4
"""Of the cells that are brightened."""
MOST = 0.7
"""By how much at most, as a share of their intensity."""
SMALLEST = 14**2
"""Smaller cells keep their edge, in pixels: it is a quarter of them and more."""


def brightened(
    rng: np.random.Generator, image: NDArray[np.float32], labels: NDArray[np.integer]
) -> NDArray[np.float32]:
    """Make some of the cells brighter, each by a factor of its own.

    Parameters
    ----------
    rng
        Source of randomness.
    image : (C, Y, X) float32
        Normalised.
    labels : (Y, X) integer
        Its cells; 0 is background, which stays.

    Returns
    -------
    (C, Y, X) float32
    """
    count = int(labels.max()) + 1
    chosen = rng.random(count) < SHARE
    factors = 1 + chosen * rng.uniform(0, MOST, count)
    factors[0] = 1
    return image * factors[labels].astype(np.float32)


def without_edges(labels: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Take the outermost pixel off each cell, so that cells that touch are apart.

    Parameters
    ----------
    labels : (Y, X) uint16
        0 is background.

    Returns
    -------
    (Y, X) uint16
        Where a cell reaches the edge of the image it still does.
    """
    from skimage.segmentation import find_boundaries

    large = np.bincount(labels.ravel()) >= SMALLEST
    edge = find_boundaries(labels, connectivity=1, mode="inner")
    return np.where(edge & large[labels], 0, labels).astype(labels.dtype)
