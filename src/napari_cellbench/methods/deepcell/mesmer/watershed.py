"""The deep watershed: from maps of distance and interior to cells.

Source: Greenwald et al. 2022, Nat. Biotechnol. 40, Methods; Bannon et al. 2021, Nat. Methods 18.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...shared.labels import without_small
from ..targets import eroded

Labels = NDArray[np.int32]
Map = NDArray[np.floating]


@dataclass(frozen=True)
class DeepWatershed:
    """How cells are made of maps; the defaults are those of DeepCell's function.

    Attributes
    ----------
    radius
        Of the disk in which a seed is the largest value, in pixels.
    maxima_threshold
        Height by which a seed stands out; of "peaks", its value.
    interior_threshold
        From which a pixel is part of a cell.
    maxima_smooth, interior_smooth
        Standard deviation of the Gaussian filter of each map, in pixels.
    expansion
        Pixels by which the interior grows.
    erosion
        Pixels by which cells shrink.
    min_size, holes
        Smallest cell, and largest hole that is not filled, in pixels.
    seeds
        "h-maxima" or "peaks".
    stretch
        Whether both maps are first stretched to 0..1.
    """

    radius: int = 10
    maxima_threshold: float = 0.1
    interior_threshold: float = 0.01
    maxima_smooth: float = 0
    interior_smooth: float = 1
    expansion: int = 0
    erosion: int = 0
    min_size: int = 0
    holes: int = 0
    seeds: str = "h-maxima"
    stretch: bool = False


WHOLE_CELL = DeepWatershed(2, 0.075, 0.2, 0, 2, min_size=15, holes=15)
NUCLEUS = DeepWatershed(2, 0.1, 0.2, 0, 2, min_size=15, holes=15)
"""Of the official Mesmer."""
SEGGAL = DeepWatershed(3, 0.3, 0.3, 0, 1, expansion=3, min_size=10, holes=10, stretch=True)
"""SegGal asked for an interior smoothing of 2 by a name that had gone, and got 1."""


def deep_watershed(maxima: Map, interior: Map, how: DeepWatershed) -> Labels:
    """Find cells.

    Parameters
    ----------
    maxima, interior : (Y, X) float
        The distance to the centres, largest at them, and the probability of the interior.
    how
        Thresholds and sizes.

    Returns
    -------
    (Y, X) int32
        1..N; 0 is background.
    """
    from scipy.ndimage import gaussian_filter, grey_dilation
    from skimage.segmentation import watershed

    if how.stretch:
        maxima, interior = stretched(maxima), stretched(interior)
    maxima = gaussian_filter(maxima, how.maxima_smooth)
    interior = gaussian_filter(interior, how.interior_smooth)
    if how.expansion:
        interior = grey_dilation(interior, (2 * how.expansion + 1,) * 2)
    inside = interior > how.interior_threshold
    labels = watershed(-interior, _seeds(maxima, how), mask=inside, watershed_line=False)
    for _ in range(how.erosion):
        labels = eroded(labels)
    labels = without_small(labels, how.min_size)
    return filled(labels, how.holes) if how.holes else labels


def stretched(values: Map) -> NDArray[np.float64]:
    """Stretch a map to 0..1, as SegGal did with each image."""
    exact = values.astype(np.float64)
    return np.asarray((exact - exact.min()) / (np.ptp(exact) + 1e-20))


def filled(labels: Labels, smallest: int) -> Labels:
    """Fill holes of fewer than `smallest` pixels within a cell.

    Parameters
    ----------
    labels : (Y, X) int32
        0 is background.
    smallest
        Pixels from which a hole stays.
    """
    from scipy.ndimage import find_objects, label

    out = labels.copy()
    for number, where in enumerate(find_objects(labels), 1):
        if where is None:
            continue
        cell = np.pad(labels[where] == number, 1)
        gaps, _ = label(~cell)
        small = np.bincount(gaps.ravel()) < smallest
        # What is connected with the outside is no hole.
        small[[0, gaps[0, 0]]] = False
        out[where][small[gaps][1:-1, 1:-1]] = number
    return out


def _seeds(maxima: Map, how: DeepWatershed) -> Labels:
    from skimage.feature import peak_local_max
    from skimage.measure import label
    from skimage.morphology import disk, h_maxima

    if how.seeds == "h-maxima":
        return np.asarray(label(h_maxima(maxima, how.maxima_threshold, disk(how.radius))))
    peaks = peak_local_max(
        maxima,
        min_distance=how.radius,
        threshold_abs=how.maxima_threshold,
        exclude_border=False,
    )
    marked = np.zeros(maxima.shape, np.uint8)
    marked[tuple(peaks.T)] = 1
    return np.asarray(label(marked))
