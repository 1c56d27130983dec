"""From maps of bodies and borders to cells, by two watersheds; and what a cell may fall into.

Source: the write-up of [ods.ai] topcoders, first place of the Data Science Bowl 2018.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...shared.labels import without_small

Map = NDArray[np.uint8]
Labels = NDArray[np.int32]

WHITE = 255
SPLITS = ((0.6, False), (0.7, False), (0.8, True))
"""Certainty of a body at which a cell may fall apart, and whether the parts are eroded then."""


@dataclass(frozen=True)
class Thresholds:
    """How cells are made of maps.

    Attributes
    ----------
    seed
        Of body * (1 - border), in 0..1, from which a pixel is in the middle of a cell.
    body, extended
        Of body and of the extended map, in 0..255, from which a pixel is part of a cell, and from
        which a cell grows into it.
    smallest
        Cell in pixels.
    """

    seed: float = 0.5
    body: float = 70
    extended: float = 90
    smallest: int = 10


def found_cells(body: Map, border: Map, extended: Map, how: Thresholds) -> Labels:
    """Find cells.

    Parameters
    ----------
    body, border : (Y, X) uint8
        Certainties, 0..255.
    extended : (Y, X) uint8
        Of cells with their borders.
    how
        Thresholds.

    Returns
    -------
    (Y, X) int32
        1..N; 0 is background.
    """
    from scipy.ndimage import maximum_filter
    from skimage.measure import label
    from skimage.segmentation import watershed

    seeds = label(core(body, border) > how.seed, connectivity=2).astype(np.int32)
    seeds = without_small(seeds, how.smallest)
    inside = body > how.body
    labels = watershed(WHITE - body, seeds, mask=inside, watershed_line=True)
    zone = (maximum_filter(labels > 0, 7) & (extended > how.extended)) | (labels > 0)
    grown = watershed(WHITE - extended, labels, mask=zone, watershed_line=False)
    return without_small(grown.astype(np.int32), how.smallest)


def core(body: Map, border: Map) -> NDArray[np.float32]:
    """Return how sure it is that a pixel is in a cell and on no border, 0..1."""
    inside, between = (of.astype(np.float32) / WHITE for of in (body, border))
    return np.asarray(inside * (1 - between), np.float32)


def parts_of(
    cell: NDArray[np.bool_], certain: NDArray[np.float32], mean: Map
) -> list[tuple[int, Labels]]:
    """Return what a cell may fall into, by the level at which it does.

    Parameters
    ----------
    cell : (Y, X) bool
        The cell, in its box.
    certain : (Y, X) float32
        Of `core`.
    mean : (Y, X) uint8
        The mean of body and extended map, on which the parts grow back.

    Returns
    -------
    list of (level, (Y, X) int32)
        Levels count from 1; parts are 1..N, N > 1.
    """
    from scipy.ndimage import binary_erosion, label
    from skimage.segmentation import watershed

    found = []
    for level, (threshold, eroded) in enumerate(SPLITS, 1):
        sure = cell & (certain > threshold)
        if eroded:
            sure = binary_erosion(sure, np.ones((3, 3), bool))
        seeds, count = label(sure)
        if count > 1:
            parts = watershed(WHITE - mean, seeds, mask=cell, watershed_line=False)
            found.append((level, parts.astype(np.int32)))
    return found
