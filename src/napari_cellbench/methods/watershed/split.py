"""Splitting touching objects at their necks, by the distance to the background."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage as ndi
from skimage.segmentation import watershed

if TYPE_CHECKING:
    from numpy.typing import NDArray


def split_at_necks(foreground: NDArray[np.bool_], neck: float, sigma: float) -> NDArray[np.int32]:
    """Label the objects of a mask, touching ones apart.

    Each maximum of the distance to the background floods its basin (Vincent and Soille 1991).
    Two basins are one object if the pass between them is hardly lower than the lower of the two
    maxima: a convex object has no neck. As this is a ratio, it holds for objects of any size.

    Parameters
    ----------
    foreground : (Y, X) bool
    neck
        Basins are joined if their pass is higher than this share of the lower maximum.
    sigma
        Standard deviation in pixels of the Gaussian that smooths the distance map.

    Returns
    -------
    (Y, X) int32
        Labels with gaps; 0 is background.
    """
    distance = ndi.distance_transform_edt(foreground).astype(np.float32)
    distance = ndi.gaussian_filter(distance, sigma)
    maxima = foreground & (distance == ndi.maximum_filter(distance, 3))
    seeds, count = ndi.label(maxima)
    if not count:
        return np.zeros(foreground.shape, np.int32)
    peak = np.zeros(count + 1, np.float32)
    peak[seeds[maxima]] = distance[maxima]
    basins = watershed(-distance, seeds, mask=foreground)
    pairs, height = _passes(basins, distance)
    return _joined(pairs, height, peak, neck)[basins]


def _passes(
    basins: NDArray[np.int32], distance: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the pairs of basins that touch, (N, 2), and the height of the pass between them."""
    found = []
    lines = (np.s_[1:], np.s_[:-1]), (np.s_[:, 1:], np.s_[:, :-1])
    for here, there in lines:
        a, b = basins[here], basins[there]
        border = (a != b) & (a > 0) & (b > 0)
        a, b = a[border], b[border]
        height = np.minimum(distance[here][border], distance[there][border])
        found.append((np.minimum(a, b), np.maximum(a, b), height))
    low, high, height = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.lexsort((-height, high, low))
    pairs = np.stack([low, high], axis=1)[order].astype(np.int64)
    first = np.ones(len(pairs), bool)
    first[1:] = (pairs[1:] != pairs[:-1]).any(1)
    return pairs[first], height[order][first]


def _joined(
    pairs: NDArray[np.int64],
    height: NDArray[np.float32],
    peak: NDArray[np.float32],
    neck: float,
) -> NDArray[np.int32]:
    """Return the label of each basin; the highest pass joins first, the higher maximum stays."""
    parent = list(range(len(peak)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    # Joining only raises maxima, so that no other pair can come into question later.
    likely = np.flatnonzero(height > neck * peak[pairs].min(1))
    for k in likely[np.argsort(-height[likely], kind="stable")]:
        low, high = sorted((root(i) for i in pairs[k].tolist()), key=peak.__getitem__)
        if low != high and height[k] > neck * peak[low]:
            parent[low] = high
    return np.array([root(i) for i in range(len(peak))], np.int32)
