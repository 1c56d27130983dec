"""Where a pixel lies in its cell, by direction: what the second winner's network learns.

Source: the write-up of jacobkie, second place of the Data Science Bowl 2018.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.integer]
Maps = NDArray[np.float32]

DIRECTIONS = ("y", "x", "dr", "dl")
"""Down, right, down to the right, down to the left."""
NOWHERE = 1e-7
"""Of a pixel that is alone in its row: 0 is the background."""
SMALL, LARGE, SCALE = 30, 1500, 100
"""Areas in pixels between which larger cells' pixels weigh less, and the weight of 1 pixel."""
WINDOW, SIGMA = 5, 10
"""Of the Gaussian filter that smooths the weights, in pixels."""


def global_positions(labels: Labels) -> Maps:
    """Return where each pixel lies between the ends of its cell.

    Parameters
    ----------
    labels : (Y, X) integer
        0 is background.

    Returns
    -------
    (4, Y, X) float32
        By `DIRECTIONS`: -1 at the first pixels of the cell, 1 at the last; 0 in the background.
    """
    numbers = labels.ravel()
    ids, which = np.unique(numbers, return_inverse=True)
    found = []
    for along, _ in _coordinates(labels.shape):
        low = np.full(len(ids), np.iinfo(along.dtype).max)
        high = np.full(len(ids), np.iinfo(along.dtype).min)
        np.minimum.at(low, which, along)
        np.maximum.at(high, which, along)
        found.append(_between(along, low[which], high[which], numbers))
    return np.stack(found).reshape(-1, *labels.shape)


def local_positions(labels: Labels) -> Maps:
    """Return where each pixel lies in its own run: the pixels of its cell in a row with it.

    Parameters
    ----------
    labels : (Y, X) integer
        0 is background.

    Returns
    -------
    (4, Y, X) float32
        As for `global_positions`.
    """
    numbers = labels.ravel()
    found = []
    for along, line in _coordinates(labels.shape):
        order = np.lexsort((along, line))
        changes = (np.diff(numbers[order]) != 0) | (np.diff(line[order]) != 0)
        starts = np.concatenate([[True], changes]) if len(order) else np.zeros(0, bool)
        run = np.cumsum(starts) - 1
        first = np.flatnonzero(starts)
        last = np.append(first[1:], len(order)) - 1
        sorted_along = along[order]
        low, high = np.empty_like(along), np.empty_like(along)
        low[order], high[order] = sorted_along[first[run]], sorted_along[last[run]]
        found.append(_between(along, low, high, numbers))
    return np.stack(found).reshape(-1, *labels.shape)


def weights(labels: Labels) -> Maps:
    """Return how much each pixel counts: small cells as much as large ones.

    Parameters
    ----------
    labels : (Y, X) integer
        0 is background.

    Returns
    -------
    (Y, X) float32
    """
    from scipy.ndimage import correlate1d

    ids, which, areas = np.unique(labels.ravel(), return_inverse=True, return_counts=True)
    of_id = np.where(ids > 0, SCALE / np.clip(areas, SMALL, LARGE), SCALE / LARGE)
    found = of_id[which].reshape(labels.shape)
    kernel = np.exp(-((np.arange(WINDOW) - WINDOW // 2) ** 2) / (2 * SIGMA**2))
    for axis in (0, 1):
        found = correlate1d(found, kernel / kernel.sum(), axis, mode="constant")
    return found.astype(np.float32)


def _coordinates(shape: tuple[int, ...]) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Return of each direction the place along it, and the number of the line, by pixel."""
    y, x = (places.ravel() for places in np.indices(shape))
    return [(y, x), (x, y), (y + x, y - x), (y - x, y + x)]


def _between(
    along: NDArray[np.intp], low: NDArray[np.intp], high: NDArray[np.intp], numbers: Labels
) -> Maps:
    span = high - low
    share = 2 * (along - low) / np.maximum(span, 1) - 1
    return np.where(numbers > 0, np.where(span > 0, share, NOWHERE), 0).astype(np.float32)
