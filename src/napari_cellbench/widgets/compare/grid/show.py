"""The tiles for as long as they are shown: what is in each, what is drawn there and written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...notify import complain
from ...score.map import PALETTES
from ..results import Item
from .arrangement import Arrangement, best_shape
from .canvas import TileCanvas
from .extent import extent, look_at, part_in_view
from .facts import Facts, TileFacts
from .looks import IN_TILE, Before, Look, Mode

COLOURS = tuple(next(iter(PALETTES.values())).values())


class TileShow:
    """Shows layers in tiles until it is ended.

    Parameters
    ----------
    viewer
        napari's viewer itself, no proxy of it.
    title_of
        Gives a result's title; None for its name and count.

    Attributes
    ----------
    tiles
        The layers in the order of their tiles, each with its result; the truth has none.
    mode
        What the tiles show.
    """

    def __init__(
        self, viewer: Any, mode: Mode, title_of: Callable[[Item], str] | None = None
    ) -> None:
        self._viewer = viewer
        self.title_of = title_of
        self.mode = mode
        self.tiles: dict[Any, Item | None] = {}
        self.before = Before(viewer)
        self.canvas = TileCanvas(viewer)
        self.facts = TileFacts(viewer)
        self.facts.found.connect(self._learn)
        self.facts.failed.connect(complain)
        self._known: dict[Any, Facts] = {}

    def arrange(self, tiles: dict[Any, Item | None], images: Sequence[Any]) -> None:
        """Give each layer its tile, over the same images."""
        canvas, before, place = self.canvas, self.before, extent(next(iter(tiles)))
        height, width = np.diff(place, axis=0)[0]
        shape = best_shape(len(tiles), self._viewer.canvas.size, (height, width))
        kept = {*tiles, *images}
        others = [layer for layer in self._viewer.layers if layer.visible and layer not in kept]
        seen, size = part_in_view(self._viewer, place), self._tile_size()
        with canvas.paused():
            before.undress(layer for layer in self.tiles if layer not in tiles)
            before.remember([*tiles, *others])
            for layer in others:
                Look(False, Look.of(layer).contour).put_on(layer)
            is_first, self.tiles = not self.tiles, tiles
            canvas.arrange(Arrangement(shape, tuple(tiles), tuple(images)))
            if is_first or self._tile_size() != size:
                look_at(self._viewer, seen)
            for layer in tiles:
                IN_TILE.put_on(layer)
        canvas.place()
        self.draw()
        self.write()
        for layer in tiles:
            self._draw_map(layer)

    def _tile_size(self) -> tuple[float, ...]:
        return tuple(self._viewer.canvas.viewbox_size(self._viewer.layers))

    def draw(self) -> None:
        """Draw what the mode asks for, and work out what isn't known of it."""
        self.settle()
        truth = self._truth if self.mode is Mode.ERROR_MAP else None
        if truth is None:
            self.canvas.clear_maps()
        self.facts.follow(self.tiles, truth)

    def settle(self) -> None:
        """Follow an update of napari's canvas: of layers' order, visibility, and nodes."""
        modes = {layer: self._mode_of(layer) for layer in self.tiles}
        outlined = [layer for layer, mode in modes.items() if mode is Mode.OUTLINES]
        filled = [layer for layer, mode in modes.items() if mode is Mode.FILLED]
        self.canvas.settle(outlined, filled)

    def write(self) -> None:
        """Write all titles anew."""
        for layer in self.tiles:
            self._write_title(layer)

    def end(self, *, enabled: bool | None = None) -> None:
        """Go back to the stacked view. Nothing can be called any longer.

        Parameters
        ----------
        enabled
            Whether napari's own grid is on from now on; None for as before.
        """
        canvas, before = self.canvas, self.before
        self.tiles = {}
        self.facts.stop()
        if not canvas.alive:
            canvas.abandon()
            return
        with canvas.paused():
            before.undress_all()
            canvas.release(
                enabled=before.enabled if enabled is None else enabled, spacing=before.spacing
            )
        before.restore_view()

    def _learn(self, facts: Facts) -> None:
        layer = facts.layer
        if layer not in self.tiles:
            return
        self._known[layer] = facts
        self._write_title(layer)
        self._draw_map(layer)

    def _draw_map(self, layer: Any) -> None:
        facts = self._known.get(layer)
        if facts is not None and facts.picture is not None and self.mode is Mode.ERROR_MAP:
            self.canvas.set_map(layer, facts.picture, COLOURS)

    @property
    def _truth(self) -> Any | None:
        return next((layer for layer, item in self.tiles.items() if item is None), None)

    def _mode_of(self, layer: Any) -> Mode:
        """Return what a tile shows: the truth has no errors."""
        is_map = self.mode is Mode.ERROR_MAP
        return Mode.OUTLINES if is_map and layer is self._truth else self.mode

    def _write_title(self, layer: Any) -> None:
        item, facts = self.tiles[layer], self._known.get(layer)
        if item is not None and self.title_of is not None:
            text = self.title_of(item)
        else:
            text = f"Truth · {layer.name}" if item is None else item.name
            if facts is not None:
                text += f"\n{facts.count:,} cells" if facts.known else "\nnot annotated here"
        selected = layer is self._viewer.layers.selection.active
        self.canvas.set_title(layer, text, truth=item is None, selected=selected)
