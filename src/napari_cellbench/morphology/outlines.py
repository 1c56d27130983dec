"""Traces the outlines of objects, compiled. Import it inside functions only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..scoring.compiled import compiled

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]

# The eight neighbours, clockwise from the right.
DY = np.array([0, 1, 1, 1, 0, -1, -1, -1])
DX = np.array([1, 1, 0, -1, -1, -1, 0, 1])


@compiled
def first_pixels(parts: Int64, n: int) -> tuple[Int64, Int64]:
    """Return each part's first pixel in the raveled image, and its size; parts count from 1."""
    first, size = np.full(n, -1, np.int64), np.zeros(n, np.int64)
    flat = parts.ravel()
    for i in range(len(flat)):
        part = flat[i] - 1
        if part >= 0:
            if first[part] < 0:
                first[part] = i
            size[part] += 1
    return first, size


@compiled
def trace(parts: Int64, start: int, high: float, wide: float) -> tuple[Int64, float]:
    """Walk clockwise around a part, from its first pixel back to it.

    A pixel is `high` by `wide`.

    Returns
    -------
    pixels : (N,) int64
        Positions in the raveled image, in the order of the walk; a pixel of a thin place twice.
    length : float
        Length of the walk, from centre to centre of the pixels.
    """
    height, width = parts.shape
    y, x = start // width, start % width
    part = parts[y, x]
    pixels = np.empty(64, np.int64)
    found, length = 0, 0.0
    # The first pixel has no neighbour to the left or above: the search begins on the right.
    direction, first_direction = 2, -1
    while True:
        move = -1
        for turn in range(8):
            towards = (direction + 6 + turn) % 8
            there_y, there_x = y + DY[towards], x + DX[towards]
            if 0 <= there_y < height and 0 <= there_x < width and parts[there_y, there_x] == part:
                move = towards
                break
        if y * width + x == start and move == first_direction and found > 0:
            return pixels[:found], length
        if found == len(pixels):
            pixels = np.concatenate((pixels, pixels))
        pixels[found] = y * width + x
        found += 1
        if move < 0:  # a single pixel
            return pixels[:found], length
        if first_direction < 0:
            first_direction = move
        y, x, direction = y + DY[move], x + DX[move], move
        length += np.sqrt((DY[move] * high) ** 2 + (DX[move] * wide) ** 2)


@compiled
def hull_length(y: Int64, x: Int64, high: float, wide: float) -> float:
    """Return the perimeter of the convex hull of points that are sorted by y and then x.

    The two chains of Andrew 1979, doi:10.1016/0020-0190(79)90072-3. A line counts there and back.
    What is convex stays so when it is stretched: the pixels' height and width count for lengths.
    """
    n = len(y)
    chain = np.empty(n, np.int64)
    length = 0.0
    for side in (1, -1):
        m = 0
        for i in range(n):
            while m >= 2:
                a, b = chain[m - 2], chain[m - 1]
                turn = (y[b] - y[a]) * (x[i] - x[a]) - (x[b] - x[a]) * (y[i] - y[a])
                if side * turn > 0:
                    break
                m -= 1
            chain[m] = i
            m += 1
        for k in range(1, m):
            a, b = chain[k - 1], chain[k]
            length += np.sqrt(((y[b] - y[a]) * high) ** 2 + ((x[b] - x[a]) * wide) ** 2)
    return length


@compiled
def describe(
    parts: Int64, starts: Int64, high: float, wide: float
) -> tuple[Float64, Float64, Float64]:
    """Measure the outlines that begin at the given pixels; a pixel is `high` by `wide`.

    Returns
    -------
    perimeter, hull, elongation : (N,) float64
        Length of the outline, perimeter of its convex hull, and the ratio of the eigenvalues,
        smaller by greater, of the covariance of the outline's pixels (NaN for one pixel).
    """
    n = len(starts)
    perimeter, hull, elongation = np.empty(n), np.empty(n), np.empty(n)
    for k in range(n):
        walk, perimeter[k] = trace(parts, starts[k], high, wide)
        pixels = np.unique(walk)
        y, x = pixels // parts.shape[1], pixels % parts.shape[1]
        hull[k] = hull_length(y, x, high, wide)
        dy, dx = (y - y.mean()) * high, (x - x.mean()) * wide
        yy, xx, xy = (dy * dy).sum(), (dx * dx).sum(), (dx * dy).sum()
        root = np.sqrt((yy - xx) ** 2 + 4 * xy * xy)
        greater = yy + xx + root
        elongation[k] = max(yy + xx - root, 0.0) / greater if greater > 0 else np.nan
    return perimeter, hull, elongation
