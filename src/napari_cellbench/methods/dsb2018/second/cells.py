"""From maps of the places in cells to cells; the second winner's steps.

Source: the write-up of jacobkie, second place of the Data Science Bowl 2018.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .positions import local_positions

Maps = NDArray[np.floating]
Labels = NDArray[np.int32]
Mask = NDArray[np.bool_]

RISE = 0.01
"""By which all four maps must rise within a cell."""
INSIDE, NEAR = 0.1, 0.25
"""Probability from which a pixel may begin a cell, and from which one may grow into it."""
HOLE = 64
"""Pixels from which a hole stays."""
CLIMBS, DILATIONS = 4, 3
"""Steps by which cells grow up to their walls, and by which they grow then."""
MARGIN = CLIMBS + DILATIONS + 1
"""Pixels around a cell that its growth may reach."""
SQUARE: Mask = np.ones((3, 3), bool)
_SOBEL = np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]], float)
_DIAGONAL = np.sqrt(2) * np.array([[-1, -1, 0], [-1, 0, 1], [0, 1, 1]])
KERNELS = (_SOBEL, _SOBEL.T, _DIAGONAL, _DIAGONAL[:, ::-1])
"""By which each map rises along its direction."""


@dataclass(frozen=True)
class Thresholds:
    """How cells are made of maps.

    Attributes
    ----------
    mask
        Probability from which a pixel may belong to a cell.
    smallest
        Cell in pixels.
    """

    mask: float = INSIDE
    smallest: int = 30


def climbed(mask: Maps, places: Maps, how: Thresholds) -> Labels:
    """Find the middles of cells, where all maps rise, and let them grow up to their walls.

    Parameters
    ----------
    mask : (Y, X)
        Probability of a cell.
    places : (4, Y, X)
        Of `local_positions`, as the network gives them.
    how
        Thresholds.

    Returns
    -------
    (Y, X) int32
        Some of 1..N; 0 is background.
    """
    from scipy.ndimage import (
        binary_dilation,
        binary_erosion,
        correlate,
        find_objects,
        label,
        minimum_filter,
    )

    rises = [
        correlate(one.astype(float), kernel, mode="nearest") > RISE
        for one, kernel in zip(places, KERNELS, strict=True)
    ]
    pieces, _ = label(np.logical_and.reduce(rises) & (mask > how.mask), SQUARE)
    wall = np.abs(places).sum(0)
    areas = np.bincount(pieces.ravel())
    found = np.zeros(mask.shape, np.int32)
    for number, box in enumerate(find_objects(pieces), 1):
        if areas[number] < how.smallest:
            continue
        seen = _around(box, MARGIN, mask.shape)
        cell = _filled(pieces[seen] == number, seen, mask.shape)
        height = wall[seen]
        for _ in range(CLIMBS):
            rim = cell & ~binary_erosion(cell, SQUARE)
            lowest = minimum_filter(np.where(rim, height, np.inf), 3, mode="constant", cval=np.inf)
            more = binary_dilation(cell, SQUARE) & ~cell & (height > lowest)
            if not more.any():
                break
            cell |= more
        cell = _filled(cell, seen, mask.shape)
        if cell.sum() >= how.smallest:
            found[seen][cell] = number
    return found


def grown(labels: Labels, mask: Maps) -> Labels:
    """Let each cell in turn grow by 3 pixels into what is free and likely, and number them 1..N.

    Parameters
    ----------
    labels : (Y, X) int32
        Of `climbed`.
    mask : (Y, X)
        Probability of a cell.
    """
    from scipy.ndimage import binary_dilation, find_objects

    _, inverse = np.unique(np.append(labels.ravel(), 0), return_inverse=True)
    found = inverse[:-1].reshape(labels.shape).astype(np.int32)
    likely = mask > NEAR
    for _ in range(DILATIONS):
        for number, box in enumerate(find_objects(found), 1):
            seen = _around(box, 1, labels.shape)
            of_cell = found[seen]
            more = binary_dilation(of_cell == number, SQUARE) & (of_cell == 0) & likely[seen]
            of_cell[more] = number
    return found


def inconsistencies(labels: Labels, places: Maps) -> NDArray[np.float64]:
    """Return how far the maps of each cell 1..N are from those of its shape: a mean square."""
    error = ((places - local_positions(labels)) ** 2).mean(0).ravel()
    numbers = labels.ravel()
    counts = np.bincount(numbers)
    return (np.bincount(numbers, error) / np.maximum(counts, 1))[1:]


@dataclass(frozen=True, eq=False)
class Found:
    """Cells of one magnification: labels (Y, X) of 1..N, and how inconsistent each is."""

    labels: Labels
    inconsistent: NDArray[np.float64]


def joined(found: Sequence[Found], most: float) -> tuple[Labels, NDArray[np.float32]]:
    """Take the most consistent cells of all magnifications that leave each other room.

    Parameters
    ----------
    found
        In one size.
    most
        Inconsistency from which a cell is dropped.

    Returns
    -------
    labels : (Y, X) int32
        1..N, the most consistent first.
    scores : (N,) float32
        1 less the share of `most` that each cell's inconsistency has.
    """
    from scipy.ndimage import find_objects

    offers = [
        (float(value), one.labels, number, box)
        for one in found
        for number, (value, box) in enumerate(
            zip(one.inconsistent, find_objects(one.labels, len(one.inconsistent)), strict=True), 1
        )
        if box is not None and value < most
    ]
    offers.sort(key=lambda offer: offer[0])
    labels, scores = np.zeros(found[0].labels.shape, np.int32), []
    for value, of_scale, number, box in offers:
        cell = of_scale[box] == number
        free = cell & (labels[box] == 0)
        if 2 * free.sum() > cell.sum():
            scores.append(1 - value / most)
            labels[box][free] = len(scores)
    return labels, np.array(scores, np.float32)


def _around(box: tuple[slice, ...], margin: int, shape: tuple[int, ...]) -> tuple[slice, ...]:
    return tuple(
        slice(max(0, side.start - margin), min(length, side.stop + margin))
        for side, length in zip(box, shape, strict=True)
    )


def _filled(cell: Mask, box: tuple[slice, ...], shape: tuple[int, ...]) -> Mask:
    """Fill holes of a cell in its box, and bays at the image's edge; not what is open elsewhere."""
    from scipy.ndimage import label

    rims = [
        (int(side.start > 0), int(side.stop < length))
        for side, length in zip(box, shape, strict=True)
    ]
    gaps, count = label(np.pad(~cell, rims, constant_values=True))
    small = np.bincount(gaps.ravel(), minlength=count + 1) < HOLE
    small[0] = False
    outside = np.pad(np.zeros(cell.shape, bool), rims, constant_values=True)
    small[gaps[outside]] = False
    inner = tuple(
        slice(low, low + length) for (low, _), length in zip(rims, cell.shape, strict=True)
    )
    return cell | small[gaps][inner]
