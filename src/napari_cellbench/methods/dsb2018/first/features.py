"""What the first winner's trees are told of a candidate: its shape, certainty and neighbours.

Source: the write-up of [ods.ai] topcoders, first place of the Data Science Bowl 2018.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.uint8]
Labels = NDArray[np.int32]
Floats = NDArray[np.floating]

RADII = (50, 100, 150, 200)
"""In pixels, within which neighbours are counted."""
COUNT = 29 + 3 * len(RADII)
"""Of features."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """What may be a cell.

    Attributes
    ----------
    mask : (y, x) bool
        In its box.
    box
        Where the box is in the image.
    level, parts
        0 for a cell of the watersheds; else the level at which it is a part of one, and how many
        parts that has there.
    parent
        Pixels of the cell that it is a part of.
    """

    mask: NDArray[np.bool_]
    box: tuple[slice, slice]
    level: int
    parts: int
    parent: int


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What is known of an image: the centres (N, 2) and areas (N,) of its cells, and its map."""

    centres: Floats
    areas: Floats
    body: Map

    @classmethod
    def of(cls, labels: Labels, body: Map) -> Surroundings:
        """Measure a label image (Y, X), numbered 1..N."""
        numbers = labels.ravel()
        areas = np.bincount(numbers).astype(float)
        places = np.indices(labels.shape).reshape(2, -1)
        sums = np.stack([np.bincount(numbers, place) for place in places], 1)
        return cls((sums / np.maximum(areas, 1)[:, None])[1:], areas[1:], body)


def described(candidates: Sequence[Candidate], around: Surroundings) -> Floats:
    """Return the features of each candidate, (N, COUNT)."""
    if not candidates:
        return np.zeros((0, COUNT))
    mean, median = float(around.body.mean()), float(np.median(around.areas, axis=0))
    rows = [_row(one, around, mean, median) for one in candidates]
    return np.array(rows, float)


def _row(one: Candidate, around: Surroundings, mean: float, median: float) -> list[float]:
    from skimage.measure import regionprops

    # A rim, so that outlines are whole.
    (region,) = regionprops(np.pad(one.mask, 1).astype(np.uint8))
    certainty = around.body[one.box][one.mask]
    area, perimeter = float(region.area), float(region.perimeter)
    long, short, angle = _rectangle(one.mask)
    major, minor = region.axis_major_length, region.axis_minor_length
    hull = max(1.0, float(region.area_convex))
    edge = any(
        side.start == 0 or side.stop == length
        for side, length in zip(one.box, around.body.shape, strict=True)
    )
    row = [
        area,
        area / one.parent,
        _outline_ratio(region, perimeter),
        long,
        short,
        short / max(long, 1e-6),
        angle,
        hull,
        area / hull,
        region.eccentricity,
        region.extent,
        perimeter,
        major,
        minor,
        minor / max(major, 1e-6),
        float(certainty.mean()),
        float(certainty.std()),
        float(certainty.min()),
        float(region.euler_number),
        region.equivalent_diameter_area,
        perimeter**2 / (4 * np.pi * area),
        mean,
        float(edge),
        float(len(around.areas)),
        median,
        area / max(median, 1.0),
        float(region.orientation),
        float(one.level),
        float(one.parts),
    ]
    centre = np.add(region.centroid, [side.start - 1 for side in one.box])
    distance = np.hypot(*(around.centres - centre).T)
    for radius in RADII:
        near = around.areas[(distance < radius) & (distance > 0)]
        of_near = float(np.median(near)) if len(near) else 0.0
        row += [float(len(near)), of_near, area / max(of_near, 1.0)]
    return row


def _outline_ratio(region: object, perimeter: float) -> float:
    """Return the length of the outline beside that of a disk of the convex hull's area."""
    hull = float(region.area_convex)  # type: ignore[attr-defined]
    return perimeter / (2 * np.sqrt(np.pi * max(hull, 1.0)))


def _rectangle(mask: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Return the sides and the angle of the smallest rectangle around a mask, in any direction."""
    places = np.argwhere(mask).astype(float)
    angles = np.deg2rad(np.arange(0, 90, 3.0))
    along = np.stack([np.cos(angles), np.sin(angles)])
    across = np.stack([-np.sin(angles), np.cos(angles)])
    spans = [np.ptp(places @ direction, axis=0) + 1 for direction in (along, across)]
    best = int((spans[0] * spans[1]).argmin())
    short, long = sorted((float(spans[0][best]), float(spans[1][best])))
    return long, short, float(np.rad2deg(angles[best]))
