"""A few hundred thousand pixels that stand for an image of any size."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

SIDE = 512
"""Longest side of the sample, in pixels."""
MOST = 2**23
"""Images of more pixels than this are looked at through windows, if they aren't in memory."""
WINDOWS = 5
"""Windows along each side of such an image."""
WINDOW = 256
"""Side of such a window, and of a close-up, in pixels."""
CLOSE_UPS = 3
"""Close-ups along each side of an image that is thinned."""


def sampled(image: Any) -> NDArray[Any]:
    """Return what is looked at of a (C, Y, X) image: all of it, or windows on a lattice.

    Parameters
    ----------
    image
        numpy, dask or zarr. Only what is looked at is read.
    """
    height, width = (int(n) for n in image.shape[1:])
    if isinstance(image, np.ndarray) or height * width <= MOST:
        return np.asarray(image)
    rows, columns = _windows(height), _windows(width)
    return np.concatenate(
        [np.concatenate([np.asarray(image[:, ys, xs]) for xs in columns], axis=2) for ys in rows],
        axis=1,
    )


def lattice(image: NDArray[Any]) -> NDArray[Any]:
    """Return every k-th row and column of a (C, Y, X) image, `SIDE` at most."""
    step = _step(image)
    return image[:, ::step, ::step]


def thinned(image: NDArray[Any]) -> NDArray[np.float32]:
    """Return a (C, Y, X) image, `SIDE` pixels a side at most, each the mean of four.

    Sums are taken of the differences from the first pixel, so that an offset of the intensities
    costs no precision.
    """
    step = _step(image)
    zero = np.nan_to_num(image[:, :1, :1].astype(np.float64), posinf=0, neginf=0)
    if step == 1:
        return np.asarray(image - zero, np.float32)
    _, height, width = image.shape
    whole = image[:, : height // step * step, : width // step * step]
    corners = (0, step // 2)
    parts = [whole[:, y::step, x::step] - zero for y in corners for x in corners]
    return np.asarray(sum(parts) / 4, np.float32)


def close_ups(image: NDArray[Any]) -> list[NDArray[Any]]:
    """Return windows of a (C, Y, X) image in full resolution; none of one that isn't thinned.

    They start at whole windows, so that none crosses a seam of what `sampled` put together.
    """
    if _step(image) == 1:
        return []
    rows, columns = (
        sorted({int(start) // WINDOW * WINDOW for start in np.linspace(0, last, CLOSE_UPS)})
        for last in (max(0, length - WINDOW) for length in image.shape[1:])
    )
    return [image[:, y : y + WINDOW, x : x + WINDOW] for y in rows for x in columns]


def _step(image: NDArray[Any]) -> int:
    return max(1, -(-int(max(image.shape[1:])) // SIDE))


def _windows(length: int) -> list[slice]:
    size = min(WINDOW, length)
    starts = np.linspace(0, length - size, min(WINDOWS, -(-length // size))).astype(int)
    return [slice(int(start), int(start) + size) for start in starts]
