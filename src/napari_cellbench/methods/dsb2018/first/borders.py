"""What the first winner's networks learn from: labels to cells and the borders between them.

Source: the write-up of [ods.ai] topcoders, first place of the Data Science Bowl 2018.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.integer]
Map = NDArray[np.bool_]

LARGE = 4000
"""Pixels of an image's largest cell above which borders in the background are wide."""
WIDE, NARROW = 6, 3
"""How far a pixel of the background sees, in pixels to each side."""
CELLS = ((300, 1), (2000, 2), (np.inf, 3))
"""How far a pixel of a cell sees, by the area below which the cell is."""


def borders(labels: Labels) -> Map:
    """Return the pixels that lie between cells: those around which there are two or more.

    The original also asks for a line of a watershed nearby. Cells that touch get none from today's
    scikit-image, and all others have one where two cells are that near.

    Parameters
    ----------
    labels : (Y, X) integer
        0 is background.

    Returns
    -------
    (Y, X) bool
    """
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    reach = np.full(len(areas), CELLS[-1][1])
    for area, half in reversed(CELLS):
        reach[areas < area] = half
    reach[0] = WIDE if areas.max() > LARGE else NARROW
    of_pixel = reach[labels]
    found = np.zeros(labels.shape, bool)
    for half in np.unique(of_pixel):
        found |= (of_pixel == half) & _sees_two(labels, int(half))
    return found


def body_and_border(labels: Labels) -> tuple[Map, Map]:
    """Return the cells without their borders, and the borders, both (Y, X) bool."""
    border = borders(labels)
    return (labels > 0) & ~border, border


def _sees_two(labels: Labels, half: int) -> Map:
    """Tell where a square window of 2 * half + 1 pixels a side holds two labels or more."""
    from scipy.ndimage import maximum_filter, minimum_filter

    side, none = 2 * half + 1, np.iinfo(np.int32).max
    numbers = labels.astype(np.int32)
    highest = maximum_filter(numbers, side, mode="constant", cval=0)
    lowest = minimum_filter(np.where(numbers, numbers, none), side, mode="constant", cval=none)
    return np.asarray((highest > 0) & (lowest < highest))
