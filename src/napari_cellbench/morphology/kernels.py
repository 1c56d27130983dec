"""Distances to the nearest object, one axis at a time, compiled. Import inside functions only.

The squared distance to the nearest object is separable: along a line it is the least of (squared
distance found along the earlier axes) + (squared step along this one). The candidates that are
nearest anywhere on the line are kept in a list as Maurer et al. 2003 describe
(doi:10.1109/TPAMI.2003.1177156), with the tests in the order in which scipy's
``distance_transform_edt`` makes them, so that ties and rounding come out the same. Only objects
within reach are of interest here, which leaves most candidates out.

Arrays are (B, N, W): N is the axis that is worked along. Squared distances are stored in whatever
type holds them; its greatest value, `far`, says that nothing is within reach.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..scoring.compiled import compiled

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]


@compiled
def outside_first_axis(
    labels: Int32, step: float, limit: float, far: float, squared: NDArray[Any], nearest: Int32
) -> None:
    """Find the nearest labelled pixel along the axis; of two equally near, the earlier.

    Parameters
    ----------
    labels : (B, N, W) int32
    step
        Distance of neighbours along the axis.
    limit
        Greatest squared distance of interest.
    squared, nearest : (B, N, W)
        Filled with the squared distance and the label, or `far` and 0.
    """
    blocks, n, width = labels.shape
    last = np.empty(width, np.int64)
    label = np.empty(width, np.int32)
    for b in range(blocks):
        label[:] = 0
        for i in range(n):
            for x in range(width):
                if labels[b, i, x] != 0:
                    last[x], label[x] = i, labels[b, i, x]
                distance = ((last[x] - i) * step) ** 2
                near = label[x] != 0 and distance <= limit
                squared[b, i, x] = distance if near else far
                nearest[b, i, x] = label[x] if near else 0
        label[:] = 0
        for i in range(n - 1, -1, -1):
            for x in range(width):
                if labels[b, i, x] != 0:
                    last[x], label[x] = i, labels[b, i, x]
                distance = ((last[x] - i) * step) ** 2
                if label[x] != 0 and distance <= limit and distance < squared[b, i, x]:
                    squared[b, i, x], nearest[b, i, x] = distance, label[x]


@compiled
def outside_next_axis(
    step: float, limit: float, far: float, squared: NDArray[Any], nearest: Int32
) -> None:
    """Take another axis into account, in place; see `outside_first_axis`."""
    blocks, n, width = squared.shape
    at, height = np.empty(n, np.int64), np.empty(n)
    label = np.empty(n, np.int32)
    for b in range(blocks):
        for x in range(width):
            found = 0
            for i in range(n):
                here = squared[b, i, x]
                if here == far:
                    continue
                # Between two labelled neighbours a labelled pixel is nearest to itself only.
                if 0 < i < n - 1 and here == squared[b, i - 1, x] == squared[b, i + 1, x] == 0:
                    continue
                found = candidate(at, height, found, i, here, step)
                label[found - 1] = nearest[b, i, x]
            if found == 0:
                continue
            k = 0
            for i in range(n):
                if squared[b, i, x] == 0:
                    continue
                k, distance = nearest_candidate(at, height, found, k, i, step)
                if distance <= limit:
                    squared[b, i, x], nearest[b, i, x] = distance, label[k]
                else:
                    squared[b, i, x], nearest[b, i, x] = far, 0


@compiled
def inside_first_axis(
    labels: Int32, step: float, limit: float, far: float, squared: NDArray[Any]
) -> None:
    """Fill in each labelled pixel's squared distance along the axis to a pixel of another label.

    Background is another label, what lies beyond the image is not. Background pixels get `far`.
    """
    blocks, n, width = labels.shape
    other = np.empty(width, np.int64)
    for b in range(blocks):
        for forward in (True, False):
            other[:] = -1
            for k in range(n):
                i = k if forward else n - 1 - k
                before = i - 1 if forward else i + 1
                for x in range(width):
                    if k > 0 and labels[b, before, x] != labels[b, i, x]:
                        other[x] = before
                    distance = ((other[x] - i) * step) ** 2
                    near = other[x] >= 0 and labels[b, i, x] != 0 and distance <= limit
                    if forward:
                        squared[b, i, x] = distance if near else far
                    elif near and distance < squared[b, i, x]:
                        squared[b, i, x] = distance


@compiled
def inside_next_axis(
    labels: Int32, step: float, limit: float, far: float, squared: NDArray[Any]
) -> None:
    """Take another axis into account, in place; see `inside_first_axis`.

    A stretch of one label is worked on by itself: what lies behind its ends is never nearer than
    the ends.
    """
    blocks, n, width = labels.shape
    at, height = np.empty(n + 2, np.int64), np.empty(n + 2)
    for b in range(blocks):
        for x in range(width):
            end = 0
            while end < n:
                start = end
                while end < n and labels[b, end, x] == labels[b, start, x]:
                    end += 1
                if labels[b, start, x] == 0:
                    continue
                found = 0
                if start > 0:
                    found = candidate(at, height, found, start - 1, 0.0, step)
                for i in range(start, end):
                    if squared[b, i, x] != far:
                        found = candidate(at, height, found, i, squared[b, i, x], step)
                if end < n:
                    found = candidate(at, height, found, end, 0.0, step)
                if found == 0:
                    continue
                k = 0
                for i in range(start, end):
                    k, distance = nearest_candidate(at, height, found, k, i, step)
                    squared[b, i, x] = distance if distance <= limit else far


@compiled
def candidate(at: Int64, height: Float64, found: int, i: int, here: float, step: float) -> int:
    """Append position `i` with squared distance `here`; drop those that are nearest nowhere.

    Returns
    -------
    int
        The new number of candidates.
    """
    while found >= 2:
        a = (at[found - 1] - at[found - 2]) * step
        b = (i - at[found - 1]) * step
        c = a + b
        if c * height[found - 1] - b * height[found - 2] - a * here - a * b * c <= 0:
            break
        found -= 1
    at[found], height[found] = i, here
    return found + 1


@compiled
def nearest_candidate(
    at: Int64, height: Float64, found: int, k: int, i: int, step: float
) -> tuple[int, float]:
    """Return the candidate nearest to position `i`, from `k` on, and its squared distance."""
    distance = height[k] + ((at[k] - i) * step) ** 2
    while k + 1 < found:
        following = height[k + 1] + ((at[k + 1] - i) * step) ** 2
        if distance <= following:
            break
        k, distance = k + 1, following
    return k, distance


@compiled
def grow(nearest: Int32, squared: NDArray[Any], limit: float, out: Int32) -> None:
    """Write the label of the nearest object where it is near enough. Raveled arrays."""
    for i in range(len(out)):
        out[i] = nearest[i] if squared[i] <= limit else 0


@compiled
def shrink(labels: Int32, squared: NDArray[Any], limit: float, out: Int32) -> None:
    """Write the labels of the pixels that are further inside. Raveled arrays."""
    for i in range(len(out)):
        out[i] = 0 if squared[i] <= limit else labels[i]


@compiled
def innermost(index: Int64, squared: NDArray[Any], objects: int) -> Int64:
    """Return the flat position of each object's greatest squared distance, the first of equals.

    Parameters
    ----------
    index : (N,) int64
        The object that each pixel belongs to.
    squared : (N,)
        Raveled squared distances.
    objects
        Number of objects.
    """
    position = np.full(objects, -1, np.int64)
    for i in range(len(index)):
        best = position[index[i]]
        if best < 0 or squared[i] > squared[best]:
            position[index[i]] = i
    return position
