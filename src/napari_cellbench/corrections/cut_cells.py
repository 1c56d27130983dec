"""Cells that are cut: by the image's edge, or along that of a tile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .delete import edge_cells
from .doubts import Doubt
from .lookup import CellTable

FLAT = 0.5
"""A cell is cut along a tile's edge if so much of its width lies at it."""


def cut_cells(
    labels: NDArray[Any],
    tile_rows: Sequence[int] = (),
    tile_columns: Sequence[int] = (),
    *,
    image_edge: bool = True,
) -> list[Doubt]:
    """List cells that are cut, by the image's edge or along that of a tile.

    Parameters
    ----------
    labels : (Y, X) integer
    tile_rows, tile_columns
        At which a tile that the method worked on begins, or behind which one ends.
    image_edge
        Whether those at the image's edge are listed.
    """
    table = CellTable.of(labels)
    at_edge = edge_cells(labels) if image_edge else []
    found = [_cut("edge", table, cell, "Cut by the image's edge", 0.1) for cell in at_edge]
    for k, beyond in sorted(_at_seams(labels, table, tile_rows, tile_columns).items()):
        cell = int(table.ids[k])
        reason = "Cut along a tile's edge" + (", and a cell goes on behind it" if beyond else "")
        found.append(_cut("tile", table, cell, reason, 0.8 if beyond else 0.5))
    return found


def _cut(kind: str, table: CellTable, cell: int, reason: str, doubt: float) -> Doubt:
    size = int(table.areas[np.searchsorted(table.ids, cell)])
    return Doubt(kind, (cell,), table.box(cell), reason, doubt, size)


def _at_seams(
    labels: NDArray[Any], table: CellTable, rows: Sequence[int], columns: Sequence[int]
) -> dict[int, bool]:
    """Return the cells that end flat at a seam, and whether another one begins behind it."""
    found: dict[int, bool] = {}
    for seams, plane, first, last, sides in (
        (rows, labels, 0, 2, (1, 3)),
        (columns, labels.T, 1, 3, (0, 2)),
    ):
        for seam in seams:
            if not 0 < seam < plane.shape[0]:
                continue
            for line, other, ending in (
                (plane[seam - 1], plane[seam], table.boxes[:, last] == seam),
                (plane[seam], plane[seam - 1], table.boxes[:, first] == seam),
            ):
                for k in np.flatnonzero(ending).tolist():
                    start, stop = (int(table.boxes[k, side]) for side in sides)
                    own = line[start:stop] == table.ids[k]
                    n = int(own.sum())
                    if n > FLAT * (stop - start) and n > 2:
                        beyond = 2 * np.count_nonzero(other[start:stop][own]) > n
                        found[k] = found.get(k, False) or bool(beyond)
    return found
