"""How much a cell stands out from what is around it in the image."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .drawing import Mask
from .lookup import box_of_mask, region_of, widened

RING = 3
"""Width of what counts as around it, in pixels."""


def contrast(pixels: NDArray[Any], mask: Mask) -> NDArray[np.float64]:
    """Return by how much a cell is brighter than the pixels around it, in each channel.

    The difference of both means by the sum of both standard deviations: negative where it is
    darker, near 0 where there is nothing to see.

    Parameters
    ----------
    pixels : (C, Y, X)
    mask : (Y, X) bool
        Not empty.

    Returns
    -------
    (C,) float64

    Raises
    ------
    InputError
        If the mask is empty, or of another size.

    Examples
    --------
    >>> cell = np.arange(9) // 3 == 1
    >>> image = np.where(cell, 30.0, 10.0) + [0, 2, 0, 0, 2, 0, 0, 2, 0]
    >>> contrast(image[None, None], cell[None]).round(1).tolist()
    [10.6]
    """
    from scipy.ndimage import binary_dilation

    if pixels.ndim != 3 or pixels.shape[1:] != mask.shape:
        raise InputError(f"A mask of {mask.shape} for an image of {pixels.shape[1:]} pixels.")
    box = box_of_mask(mask)
    if box is None:
        raise InputError("There is no cell here.")
    part = region_of(widened(box, RING, mask.shape))
    own = mask[part]
    ring = binary_dilation(own, iterations=RING) & ~own
    if not ring.any():
        return np.zeros(len(pixels))
    inside, outside = (pixels[:, *part][:, where].astype(np.float64) for where in (own, ring))
    spread = inside.std(axis=1) + outside.std(axis=1)
    difference: NDArray[np.float64] = inside.mean(axis=1) - outside.mean(axis=1)
    # A picture without any noise is a drawing: whatever differs stands out.
    return np.where(spread > 0, difference / np.where(spread > 0, spread, 1), difference)
