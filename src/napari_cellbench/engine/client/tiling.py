"""Cutting a large image into overlapping tiles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from ...data.source import Region
from ...methods.base import Tiling

ALIGNMENT = 32
"""Tiles start at multiples of this: a network that halves the image up to five times then sees
every object on the same raster in each tile, and finds the same."""


@dataclass(frozen=True)
class Tile:
    """A piece of an image.

    Attributes
    ----------
    region
        Rows and columns that the predictor sees.
    core
        Rows and columns that the tile answers for; cores cover the image once.
    """

    region: Region
    core: Region


def cut(shape: tuple[int, int], tiling: Tiling) -> list[Tile]:
    """Cut an image row by row.

    Tiles are about equal, so that none is a sliver; neighbours share at least `tiling.overlap`
    pixels.

    Parameters
    ----------
    shape
        Height and width of the image in pixels.
    tiling
        Size and overlap of tiles; an image no larger than a tile stays whole.
    """
    rows, columns = (_cut_axis(length, tiling) for length in shape)
    return [
        Tile((row, column), (core_row, core_column))
        for row, core_row in rows
        for column, core_column in columns
    ]


def tile_ends(shape: tuple[int, int], tiling: Tiling) -> tuple[list[int], list[int]]:
    """Return where tiles end inside an image: what a tile saw a part of only may be cut there.

    Returns
    -------
    rows, columns
        At which a tile begins, or behind which one ends; ascending.

    Examples
    --------
    >>> tile_ends((100, 100), Tiling(64, 16))
    ([36, 64], [36, 64])
    """
    rows, columns = (
        sorted({end for tile, _ in _cut_axis(length, tiling) for end in (tile.start, tile.stop)})
        for length in shape
    )
    return rows[1:-1], columns[1:-1]


def _cut_axis(length: int, tiling: Tiling) -> list[tuple[slice, slice]]:
    size, overlap = tiling.size, min(tiling.overlap, tiling.size // 2)
    if length <= size:
        return [(slice(0, length), slice(0, length))]
    align = ALIGNMENT if size - overlap >= 4 * ALIGNMENT else 1
    # Starts are rounded up by less than the alignment, at the cost of the overlap.
    stride = size - overlap - (align - 1)
    count = 1 + -(-(length - size) // stride)
    ideal = (i * (length - size) / (count - 1) for i in range(count))
    starts = [align * math.ceil(start / align) for start in ideal]
    seams = [0, *((a + size + b) // 2 for a, b in pairwise(starts)), length]
    return [
        (slice(start, min(start + size, length)), slice(seams[i], seams[i + 1]))
        for i, start in enumerate(starts)
    ]
