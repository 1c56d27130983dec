"""Dilation and erosion by iterations, in scipy's sense.

A step is one of ``scipy.ndimage.binary_dilation`` or ``binary_erosion`` with their default cross as
structuring element. So a distance is a number of steps along the axes, and erosion works from the
edge of the image, too. For distances as the crow flies see `GrowthField`.

The benchmark paper dilated and eroded each cell's mask with these functions. Where dilated masks
meet it names no rule, so they overlap: that is `dilate_masks`, which its Figure 5 is to be compared
with. `dilate` gives a label image, in which cells stop each other; for cells that stay apart, and
for erosion, both are the same. In crowded tissue they are not. Cells of CODEX tissue, eroded by
three pixels to stand for nuclei, reach a mean best IoU of 0.87 or 0.83 with the cells after four
steps, and of 0.68 or 0.36 after ten, where they stop each other or are dilated by themselves.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.instances import Instances, as_labels
from ..data.rle import encode_pixels
from ..errors import InputError


def dilate(labels: NDArray[Any], iterations: int) -> NDArray[Any]:
    """Dilate every cell; where several meet, the nearest gets the pixel, then the lower label.

    This keeps a label image, and is not what the benchmark paper did; see `dilate_masks`.

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


def dilate_masks(labels: NDArray[Any], iterations: int) -> Instances:
    """Dilate every cell by itself, as the benchmark paper did: cells may overlap afterwards.

    Parameters
    ----------
    labels : (Y, X) integer
        0 is background.
    iterations
        Number of pixels.

    Returns
    -------
    Instances
        A mask for each label, in ascending order.

    Raises
    ------
    InputError
        If the number is negative, or the array isn't a label image.
    """
    _checked(labels, iterations)
    from scipy.ndimage import binary_dilation, find_objects

    checked = as_labels(labels)
    ids, index = np.unique(checked, return_inverse=True)
    numbers = (index.reshape(checked.shape) + (0 if 0 in ids[:1] else 1)).astype(np.int32)
    height, width = checked.shape
    masks = []
    for number, box in enumerate(find_objects(numbers), start=1):
        # Room for the steps on each side, as far as the image reaches.
        rows, columns = (
            slice(max(part.start - iterations, 0), min(part.stop + iterations, length))
            for part, length in zip(box, (height, width), strict=True)
        )
        cell = numbers[rows, columns] == number
        grown = binary_dilation(cell, iterations=iterations) if iterations else cell
        y, x = np.nonzero(grown)
        masks.append(encode_pixels(y + rows.start, x + columns.start, (height, width)))
    return Instances.from_masks(masks, (height, width))


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
