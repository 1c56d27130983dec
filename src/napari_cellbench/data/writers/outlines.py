"""Outlines of objects along the edges of their pixels: filling them gives the same pixels back.

Vertices are pixel corners: the top left pixel of an image has the corners (0, 0), (1, 0), (1, 1)
and (0, 1) in (x, y). Pixels that touch at a corner only belong to different polygons, so that every
polygon is valid in the sense of the OGC's simple features.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..instances import Instances
from ..rle import RLE, Int64, label_runs, pixels

Ring = Int64
"""(N, 2) vertices (x, y), the first not repeated."""

Polygon = list[Ring]
"""The outer ring, then the holes; each with the object on its right on the screen."""

RIGHT, DOWN, LEFT, UP = range(4)


def outlines(instances: Instances) -> Iterator[tuple[int, list[Polygon]]]:
    """Yield the id of every object and its polygons; masks without a pixel have none."""
    if instances.labels is not None:
        owners, polygons = _polygons(instances.labels)
        of_object: dict[int, list[Polygon]] = {int(i): [] for i in instances.ids}
        for owner, polygon in zip(owners.tolist(), polygons, strict=True):
            of_object[owner].append(polygon)
        yield from of_object.items()
    else:
        for i, mask in zip(instances.ids, instances.to_masks(), strict=True):
            yield int(i), _mask_polygons(mask)


def _mask_polygons(mask: RLE) -> list[Polygon]:
    rows, columns = pixels(mask)
    if not len(rows):
        return []
    top, left = rows.min(), columns.min()
    cut = np.zeros((rows.max() - top + 1, columns.max() - left + 1), np.uint8)
    cut[rows - top, columns - left] = 1
    _, polygons = _polygons(cut)
    return [[ring + np.array([left, top]) for ring in polygon] for polygon in polygons]


def _polygons(labels: NDArray[Any]) -> tuple[NDArray[Any], list[Polygon]]:
    """Return the polygons of a label image, and the label of each."""
    from skimage.measure import label

    components, count = label(labels, connectivity=1, background=0, return_num=True)
    owners = np.zeros(count + 1, labels.dtype)
    owners[components.ravel()] = labels.ravel()
    return owners[1:], _trace(components, count)


class _Segments(NamedTuple):
    """Straight pieces of outlines, with the object on the right of the way from start to end."""

    owner: Int64
    start: Int64
    end: Int64
    """Corners, numbered row by row."""
    direction: Int64

    def leaving(self, corner: Int64, direction: Int64) -> Int64:
        """Return a number for a piece of the same owner that leaves a corner in a direction."""
        return (self.owner << 34 | corner) << 2 | direction


def _trace(components: NDArray[Any], count: int) -> list[Polygon]:
    """Walk around objects that are connected through edges, numbered from 1 to `count`."""
    pieces = _segments(components)
    order = np.argsort(pieces.leaving(pieces.start, pieces.direction))
    pieces = _Segments(*(array[order] for array in pieces))
    known = np.append(pieces.leaving(pieces.start, pieces.direction), -1)
    # Where an object touches itself at a corner, two pieces leave it. To turn left is to step
    # over to the other pixel: this keeps a hole apart from what it touches.
    leftwards = pieces.leaving(pieces.end, (pieces.direction - 1) % 4)
    rightwards = pieces.leaving(pieces.end, (pieces.direction + 1) % 4)
    left, right = np.searchsorted(known[:-1], leftwards), np.searchsorted(known[:-1], rightwards)
    following = np.where(known[left] == leftwards, left, right).tolist()

    y, x = np.divmod(pieces.start, components.shape[1] + 1)
    vertices = np.stack([x, y], axis=1)
    polygons: list[Polygon] = [[] for _ in range(count)]
    seen = bytearray(len(following))
    for first in range(len(following)):
        if seen[first]:
            continue
        ring, at = [], first
        while not seen[at]:
            seen[at] = 1
            ring.append(at)
            at = following[at]
        # In this order an object's first corner is its topmost, which the outer ring goes through.
        polygons[pieces.owner[first] - 1].append(vertices[ring])
    return polygons


def _segments(components: NDArray[Any]) -> _Segments:
    """Find the maximal straight pieces of all outlines."""
    padded = np.pad(components.astype(np.int64), 1)
    stride = components.shape[1] + 1
    above, below = padded[:-1, 1:-1], padded[1:, 1:-1]
    before, after = padded[1:-1, :-1].T, padded[1:-1, 1:].T
    found = []
    for direction, inside, outside in (
        (RIGHT, below, above),
        (LEFT, above, below),
        (DOWN, before, after),
        (UP, after, before),
    ):
        # The column of zeros keeps a run from going on in the next line.
        lines = np.pad(np.where(inside != outside, inside, 0), ((0, 0), (0, 1)))
        first, last, owner = label_runs(lines.ravel())
        line, low = np.divmod(first, lines.shape[1])
        high = low + last - first
        is_row = direction in (RIGHT, LEFT)
        start, end = ((line * stride + k) if is_row else (k * stride + line) for k in (low, high))
        if direction in (LEFT, UP):
            start, end = end, start
        found.append((owner, start, end, np.full_like(start, direction)))
    return _Segments(*(np.concatenate(arrays) for arrays in zip(*found, strict=True)))
