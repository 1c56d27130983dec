"""Joining the objects of overlapping tiles into one label image, without seams."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...data import Instances

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from ...data.instances import Labels
    from ...data.source import Region
    from .tiling import Tile

SAME = 0.5
"""Share of an object that must coincide with another tile's object to be taken for the same."""


@dataclass(frozen=True, eq=False)
class _Piece:
    """One object as one tile sees it, in the coordinates of the image.

    `cut` tells that the tile's edge cuts it, `centre` is its centre of mass (y, x).
    """

    window: Region
    mask: NDArray[np.bool_]
    score: float
    tile: Tile
    cut: bool
    centre: tuple[float, float]


class Stitcher:
    """Collects tiles in any order.

    The tile whose core holds the centre of mass of an object decides about it: such an object is
    drawn at once, unless the tile's edge cuts it. All other pieces wait for the end. Those that
    show an object that has been drawn are dropped; those of different tiles that coincide where
    both tiles look are one object, which no tile saw whole in its core. Of these, what the tile
    that decides has not seen is dropped.

    Parameters
    ----------
    shape
        Height and width of the image in pixels.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self._labels: Labels = np.zeros(shape, np.int32)
        self._scores: list[float] = []
        self._areas: list[int] = []
        self._scored = True
        self._waiting: list[_Piece] = []

    def add(self, tile: Tile, found: Instances) -> None:
        """Take the objects of a tile; overlapping masks are flattened."""
        self._scored &= found.scores is not None
        labels = found.to_labels()
        areas = np.bincount(labels.ravel())
        areas[0] = 0
        scores = np.zeros(len(areas))
        if found.scores is not None:
            # The last masks may be hidden under others, and have no pixel.
            visible = found.ids < len(areas)
            scores[found.ids[visible]] = found.scores[visible]
        centres, cut = _centres(labels, areas, tile), _cut(labels, areas, tile, self._labels.shape)
        own = _holds(tile, centres)
        below = self._labels[tile.region]
        blocked = np.zeros(len(areas), bool)
        blocked[labels[below > 0]] = True
        number = np.zeros(len(areas), np.int32)
        free = np.flatnonzero((areas > 0) & own & ~cut & ~blocked)
        number[free] = np.arange(1, len(free) + 1) + len(self._scores)
        below += number[labels]
        self._scores += scores[free].tolist()
        self._areas += areas[free].tolist()
        rest = np.flatnonzero((areas > 0) & (number == 0))
        for label, piece in _pieces(labels, rest, tile, scores, cut, centres):
            if own[label] and not cut[label]:
                self._draw_beside(piece)
            else:
                self._waiting.append(piece)

    def result(self) -> Instances:
        """Return all objects, labelled 1..N, with scores where every tile had them."""
        open_ = [piece for piece in self._waiting if self._most_below(piece)[1] <= SAME]
        self._waiting.clear()
        for group in _groups(open_):
            if not any(_holds(a.tile, np.array(b.centre)) for a in group for b in group):
                continue
            whole = [piece for piece in group if not piece.cut]
            self._new(max(piece.score for piece in group))
            for piece in whole[:1] or group:
                self._draw(piece, len(self._scores))
        kept = np.flatnonzero(self._areas) + 1
        if len(kept) < len(self._scores):
            number = np.zeros(len(self._scores) + 1, np.int32)
            number[kept] = np.arange(1, len(kept) + 1)
            self._labels = number[self._labels]
        scores = [self._scores[i - 1] for i in kept] if self._scored else None
        return Instances.from_labels(self._labels, scores)

    def _draw_beside(self, piece: _Piece) -> None:
        """Draw an object that others, already drawn by neighbouring tiles, lie under."""
        other, share = self._most_below(piece)
        if share > SAME:
            return
        if share * piece.mask.sum() > SAME * self._areas[other - 1]:
            self._draw(piece, other)
        else:
            self._new(piece.score)
            self._draw(piece, len(self._scores))

    def _most_below(self, piece: _Piece) -> tuple[int, float]:
        """Return the label that covers most of a piece, and its share of the piece."""
        below = self._labels[piece.window][piece.mask]
        taken = below[below > 0]
        if not taken.size:
            return 0, 0.0
        ids, overlaps = np.unique(taken, return_counts=True)
        most = overlaps.argmax()
        return int(ids[most]), float(overlaps[most]) / below.size

    def _new(self, score: float) -> None:
        self._scores.append(score)
        self._areas.append(0)

    def _draw(self, piece: _Piece, label: int) -> None:
        """Give a label to the pixels of a piece that have none."""
        target = self._labels[piece.window]
        free = piece.mask & (target == 0)
        target[free] = label
        self._areas[label - 1] += int(free.sum())


def _centres(labels: Labels, areas: NDArray[np.int64], tile: Tile) -> NDArray[np.float64]:
    """Return the centre of mass of each label in the image: rows and columns, (2, N)."""
    at = np.nonzero(labels)
    label = labels[at]
    totals = [np.bincount(label, weights=axis, minlength=len(areas)) for axis in at]
    start = np.array([edge.start for edge in tile.region])
    centres: NDArray[np.float64] = start[:, None] + np.array(totals) / np.maximum(areas, 1)
    return centres


def _holds(tile: Tile, centres: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell whether centres, (2, ...), lie in the core of a tile."""
    rows, columns = (
        (core.start <= at) & (at < core.stop) for core, at in zip(tile.core, centres, strict=True)
    )
    held: NDArray[np.bool_] = rows & columns
    return held


def _cut(
    labels: Labels, areas: NDArray[np.int64], tile: Tile, shape: tuple[int, ...]
) -> NDArray[np.bool_]:
    """Tell of each label whether it touches an edge of the tile that isn't one of the image."""
    cut = np.zeros(len(areas), bool)
    for lines, edge, length in zip((labels, labels.T), tile.region, shape, strict=True):
        if edge.start > 0:
            cut[lines[0]] = True
        if edge.stop < length:
            cut[lines[-1]] = True
    return cut


def _pieces(
    labels: Labels,
    wanted: NDArray[np.intp],
    tile: Tile,
    scores: NDArray[np.float64],
    cut: NDArray[np.bool_],
    centres: NDArray[np.float64],
) -> Iterator[tuple[int, _Piece]]:
    from scipy import ndimage as ndi

    boxes = ndi.find_objects(labels)
    top, left = (edge.start for edge in tile.region)
    # Of two views of an object the more certain one is drawn first.
    for label in sorted(wanted.tolist(), key=lambda label: -scores[label]):
        ys, xs = boxes[label - 1]
        window = (slice(ys.start + top, ys.stop + top), slice(xs.start + left, xs.stop + left))
        mask = labels[ys, xs] == label
        y, x = centres[:, label].tolist()
        yield label, _Piece(window, mask, float(scores[label]), tile, bool(cut[label]), (y, x))


def _groups(pieces: list[_Piece]) -> list[list[_Piece]]:
    """Gather the pieces of one object; the whole ones first, then by score."""
    pieces = sorted(pieces, key=lambda piece: (piece.cut, -piece.score))
    parent = list(range(len(pieces)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, j in _neighbours(pieces):
        if root(i) != root(j) and _coincide(pieces[i], pieces[j]):
            low, high = sorted((root(i), root(j)))
            parent[high] = low
    groups = defaultdict(list)
    for i, piece in enumerate(pieces):
        groups[root(i)].append(piece)
    return list(groups.values())


def _neighbours(pieces: list[_Piece]) -> Iterator[tuple[int, int]]:
    """List the pairs of pieces of different tiles whose windows overlap."""
    if not pieces:
        return
    windows = [[(s.start, s.stop) for s in piece.window] for piece in pieces]
    (top, bottom), (left, right) = np.array(windows).transpose(1, 2, 0)
    order = np.argsort(top, kind="stable")
    ends = np.searchsorted(top[order], bottom)
    for rank, i in enumerate(order):
        below = order[rank + 1 : ends[i]]
        for j in below[(left[below] < right[i]) & (left[i] < right[below])]:
            if pieces[i].tile is not pieces[j].tile:
                yield int(i), int(j)


def _coincide(a: _Piece, b: _Piece) -> bool:
    """Tell whether two pieces are the same object as far as both tiles see it."""
    common = _intersection((a.window, b.window))
    overlap = int((_crop(a, common) & _crop(b, common)).sum())
    if not overlap:
        return False
    seen = _intersection((a.tile.region, b.tile.region))
    areas = [int(_crop(x, _intersection((x.window, seen))).sum()) for x in (a, b)]
    return overlap > SAME * min(areas)


def _intersection(regions: Iterable[Region]) -> Region:
    ys, xs = zip(*regions, strict=True)
    return (
        slice(max(s.start for s in ys), min(s.stop for s in ys)),
        slice(max(s.start for s in xs), min(s.stop for s in xs)),
    )


def _crop(piece: _Piece, region: Region) -> NDArray[np.bool_]:
    (ys, xs), (top, left) = region, (s.start for s in piece.window)
    return piece.mask[ys.start - top : ys.stop - top, xs.start - left : xs.stop - left]
