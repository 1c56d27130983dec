"""Dilation and erosion by iterations, as the benchmark paper did with scipy.

Each cell by itself is dilated with ``scipy.ndimage.binary_dilation`` or eroded with
``binary_erosion``, with their default cross as structuring element. So a distance is a number of
steps along the axes, and erosion works from the edge of the image, too. For distances as the crow
flies see `GrowthField`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError


def dilate(labels: NDArray[Any], iterations: int) -> NDArray[Any]:
    """Dilate every cell; where several meet, the nearest gets the pixel, then the lower label.

    Parameters
    ----------
    labels : integer array
        0 is background.
    iterations
        Number of pixels.

    Raises
    ------
    InputError
        If the number is negative.
    """
    out = _checked(labels, iterations)
    # As unsigned and one lower, background is the largest number: the lower label is the minimum.
    shifted = out.astype(np.uint64) - np.uint64(1)
    free = shifted == np.iinfo(np.uint64).max
    for _ in range(iterations):
        before = shifted.copy()
        for here, there in _neighbours(labels.ndim):
            np.minimum(shifted[here], before[there], out=shifted[here], where=free[here])
        free = shifted == np.iinfo(np.uint64).max
    return (shifted + np.uint64(1)).astype(labels.dtype)


def erode(labels: NDArray[Any], iterations: int) -> NDArray[Any]:
    """Erode every cell, also where it touches another one or the edge of the image.

    Parameters
    ----------
    labels : integer array
        0 is background.
    iterations
        Number of pixels.

    Raises
    ------
    InputError
        If the number is negative.
    """
    out = _checked(labels, iterations)
    for _ in range(iterations):
        inside = np.zeros(out.shape, bool)
        inside[(slice(1, -1),) * out.ndim] = True
        for here, there in _neighbours(out.ndim):
            inside[here] &= out[here] == out[there]
        out[~inside] = 0
    return out


def _checked(labels: NDArray[Any], iterations: int) -> NDArray[Any]:
    if iterations < 0:
        raise InputError(f"The number of iterations must be 0 or more, not {iterations}.")
    return labels.copy()


def _neighbours(ndim: int) -> list[tuple[tuple[slice, ...], tuple[slice, ...]]]:
    """Return slices that pair every pixel with its neighbour, for each side of each axis."""
    pairs = []
    for axis in range(ndim):
        low = tuple(slice(None, -1) if a == axis else slice(None) for a in range(ndim))
        high = tuple(slice(1, None) if a == axis else slice(None) for a in range(ndim))
        pairs += [(low, high), (high, low)]
    return pairs
