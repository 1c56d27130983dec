"""Joining the objects of overlapping tiles into one label image, without seams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..data import Instances

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..data.instances import Labels
    from ..data.source import Region
    from .tiling import Tile

SAME = 0.5
"""Share of an object that must coincide with another tile's object to be taken for the same."""


@dataclass(frozen=True, eq=False)
class _Object:
    """One object of one tile, in the coordinates of the image."""

    window: Region
    mask: NDArray[np.bool_]
    score: float
    tile: Tile
    cut: bool


class Stitcher:
    """Collects tiles in any order of rows.

    An object belongs to the tile whose core holds its centre of mass. What no tile claims,
    because two tiles see its centre on different sides of the seam, is added at the end. An
    object that a tile's edge cuts, larger than the overlap, is joined to its other half.

    Parameters
    ----------
    shape
        Height and width of the image in pixels.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self._labels: Labels = np.zeros(shape, np.int32)
        self._scores: list[float] = []
        self._tiles: list[Tile] = []
        self._scored = True
        self._unclaimed: list[_Object] = []

    def add(self, tile: Tile, found: Instances) -> None:
        """Take the objects of a tile; overlapping masks are flattened."""
        self._scored &= found.scores is not None
        for item in _objects(tile, found, self._labels.shape):
            if _centre_in(item, tile.core):
                self._paint(item)
            else:
                self._unclaimed.append(item)

    def result(self) -> Instances:
        """Return all objects, labelled 1..N, with scores where every tile had them."""
        for item in sorted(self._unclaimed, key=lambda item: -item.score):
            self._paint(item)
        self._unclaimed.clear()
        counts = np.bincount(self._labels.ravel(), minlength=len(self._scores) + 1)
        kept = np.flatnonzero(counts[1:]) + 1
        if len(kept) < len(self._scores):
            number = np.zeros(len(counts), np.int32)
            number[kept] = np.arange(1, len(kept) + 1)
            self._labels = number[self._labels]
        scores = [self._scores[i - 1] for i in kept] if self._scored else None
        return Instances.from_labels(self._labels, scores)

    def _paint(self, item: _Object) -> None:
        target = self._labels[item.window]
        under = target[item.mask]
        taken = under[under > 0]
        label = len(self._scores) + 1
        if taken.size:
            ids, overlaps = np.unique(taken, return_counts=True)
            other, overlap = int(ids[overlaps.argmax()]), int(overlaps.max())
            if overlap > SAME * item.mask.sum():
                return
            if item.cut and overlap > SAME * _area_inside(item, self._tiles[other - 1].region):
                label = other
        if label > len(self._scores):
            self._scores.append(item.score)
            self._tiles.append(item.tile)
        target[item.mask & (target == 0)] = label


def _objects(tile: Tile, found: Instances, shape: tuple[int, ...]) -> list[_Object]:
    from scipy import ndimage as ndi

    labels = found.to_labels()
    top, left = (s.start for s in tile.region)
    objects = []
    boxes = ndi.find_objects(labels)
    scores = np.zeros(len(found)) if found.scores is None else found.scores
    for label, score in zip(found.ids, scores, strict=True):
        ys, xs = boxes[label - 1] or (slice(0, 0), slice(0, 0))
        window = (slice(ys.start + top, ys.stop + top), slice(xs.start + left, xs.stop + left))
        cut = any(
            (part.start == edge.start > 0) or (part.stop == edge.stop < length)
            for part, edge, length in zip(window, tile.region, shape, strict=True)
        )
        objects.append(_Object(window, labels[ys, xs] == label, float(score), tile, cut))
    return objects


def _centre_in(item: _Object, core: Region) -> bool:
    for axis in (0, 1):
        along = item.mask.sum(1 - axis)
        total = along.sum()
        if not total:
            return False
        centre = item.window[axis].start + (along * np.arange(len(along))).sum() / total
        if not core[axis].start <= centre < core[axis].stop:
            return False
    return True


def _area_inside(item: _Object, region: Region) -> int:
    ys, xs = (
        slice(max(0, edge.start - part.start), max(0, edge.stop - part.start))
        for part, edge in zip(item.window, region, strict=True)
    )
    return int(item.mask[ys, xs].sum())
