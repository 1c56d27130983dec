"""napari's canvas grid with chosen layers in its tiles, where napari takes every n-th layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, ClassVar

import numpy as np
from napari.components.grid import GridCanvas


@dataclass(frozen=True, eq=False)
class Arrangement:
    """What is where.

    Attributes
    ----------
    shape
        Rows and columns.
    layers
        The layer of each tile, row by row.
    everywhere
        Layers that no tile has to itself: they are drawn in every tile, but not by napari's grid.
    """

    shape: tuple[int, int]
    layers: tuple[Any, ...]
    everywhere: tuple[Any, ...]

    def tile_of(self, layer: Any) -> int | None:
        """Return the number of a layer's tile; None where napari's grid has none for it.

        What the user adds or turns on while the grid is shown is drawn in the first tile.
        """
        if layer in self.layers:
            return self.layers.index(layer)
        return 0 if layer.visible and layer not in self.everywhere else None


class TileGrid(GridCanvas):
    """What a grid becomes for as long as it is arranged; hidden results keep their tile.

    All that napari asks its grid about layers is answered here; spacing, being switched on, and who
    listens stay as they were.
    """

    arranged: ClassVar[dict[int, Arrangement]] = {}

    def actual_shape(self, layers: Sequence[Any]) -> tuple[int, int]:
        """Return rows and columns."""
        return self.arranged[id(self)].shape if self.enabled else (1, 1)

    def position(self, index: int, layers: Sequence[Any]) -> tuple[int, int]:
        """Return row and column of a layer; (-1, -1) for none."""
        if not self.enabled:
            return (0, 0)
        arrangement = self.arranged[id(self)]
        tile = arrangement.tile_of(layers[index])
        return (-1, -1) if tile is None else divmod(tile, arrangement.shape[1])

    def contents_at(self, position: tuple[int, int], layers: Sequence[Any]) -> tuple[int, ...]:
        """Return the indices of the layers in a tile."""
        return dict(self.iter_viewboxes(layers))[position]

    def iter_viewboxes(
        self, layers: Sequence[Any]
    ) -> Iterator[tuple[tuple[int, int], tuple[int, ...]]]:
        """Yield the position of each tile and the indices of the layers in it."""
        tiles, _ = self._viewbox_groups(layers)
        for number, position in enumerate(np.ndindex(self.actual_shape(layers))):
            here = (i for i, tile in tiles.items() if tile == number or not self.enabled)
            yield position, tuple(here)

    def _effective_indices(self, layers: Sequence[Any]) -> list[int]:
        return list(self._viewbox_groups(layers)[0])

    def _viewbox_groups(self, layers: Sequence[Any]) -> tuple[dict[int, int], list[int]]:
        arrangement = self.arranged[id(self)]
        tiles = {i: arrangement.tile_of(layer) for i, layer in enumerate(layers)}
        placed = {i: tile for i, tile in tiles.items() if tile is not None}
        return placed, sorted(set(placed.values()))


def arrange(grid: GridCanvas, arrangement: Arrangement) -> None:
    """Let a grid show an arrangement from its next update on."""
    TileGrid.arranged[id(grid)] = arrangement
    # Its class, not the object: napari's canvas, buttons and menus hold on to the object.
    grid.__class__ = TileGrid


def release(grid: GridCanvas) -> None:
    """Make a grid napari's own again."""
    grid.__class__ = GridCanvas
    TileGrid.arranged.pop(id(grid), None)


def best_shape(
    count: int, canvas: tuple[float, float], image: tuple[float, float]
) -> tuple[int, int]:
    """Return the rows and columns that show an image largest.

    Parameters
    ----------
    count
        How many tiles there are.
    canvas, image
        Heights and widths; each in a unit of its own.
    """

    def size(columns: int) -> tuple[float, int]:
        rows = ceil(count / columns)
        scale = min(canvas[0] / rows / image[0], canvas[1] / columns / image[1])
        return scale, -rows * columns

    columns = max(range(1, count + 1), key=size)
    return ceil(count / columns), columns
