"""A network on overlapping windows of an image, whose answers are averaged by Gaussian weights.

Unlike Mesmer's windows these keep within the image, and its edges count as much as its middle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

SIGMA = 0.125
"""Standard deviation of the weights, as a share of a window's side."""
LEAST = 1e-3
"""Smallest weight."""

Array = NDArray[np.float32]


def slide(
    image: Array,
    size: int,
    overlap: float,
    predict: Callable[[Array, int, int], Array],
    batch: int = 1,
) -> Array:
    """Call a network on all windows, some at a time.

    Parameters
    ----------
    image : (C, Y, X) float32
        Smaller ones are padded with 0 on all sides.
    size
        Side of a window, in pixels.
    overlap
        Of neighbouring windows, as a share of their side.
    predict
        Called with windows (N, C, size, size), the number of the first of them and how many there
        are in all; returns maps (N, K, size, size).
    batch
        Windows at a time.

    Returns
    -------
    (K, Y, X) float32
    """
    height, width = image.shape[1:]
    more = [max(0, size - length) for length in (height, width)]
    (top, bottom), (left, right) = ((lack // 2, lack - lack // 2) for lack in more)
    padded = np.pad(image, ((0, 0), (top, bottom), (left, right)))
    corners = list(windows(padded.shape[1:], size, overlap))
    weights = gaussian(size)
    total, weight = np.zeros((0,), np.float32), np.zeros(padded.shape[1:], np.float32)
    for first in range(0, len(corners), batch):
        places = [
            np.s_[row : row + size, column : column + size]
            for row, column in corners[first : first + batch]
        ]
        found = predict(np.stack([padded[:, *place] for place in places]), first, len(corners))
        if not first:
            total = np.zeros((found.shape[1], *padded.shape[1:]), np.float32)
        for maps, place in zip(found, places, strict=True):
            total[:, *place] += maps * weights
            weight[place] += weights
    return (total / weight)[:, top : top + height, left : left + width]


def windows(shape: tuple[int, ...], size: int, overlap: float) -> Iterator[tuple[int, int]]:
    """Yield first row and column of each window; the last ones are moved back into the image."""
    step = max(1, int(size * (1 - overlap)))
    rows, columns = (
        [min(step * n, length - size) for n in range(1 + -(-(length - size) // step))]
        for length in shape
    )
    for row in rows:
        for column in columns:
            yield row, column


def gaussian(size: int) -> Array:
    """Return the weights of a window's pixels, (size, size) float32, 1 at most."""
    place = np.arange(size) - (size - 1) / 2
    along = np.exp(-(place**2) / (2 * (SIGMA * size) ** 2))
    return np.maximum(np.outer(along, along), LEAST).astype(np.float32)
