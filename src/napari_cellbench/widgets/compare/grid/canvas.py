"""The tiles on napari's canvas. Whatever of napari has no public interface is used here only."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakSet

import numpy as np
from napari.layers import Labels
from numpy.typing import NDArray
from qtpy.compat import isalive
from vispy.scene import Node

from .arrangement import Arrangement, arrange, release
from .cameras import join, part
from .nodes import End, Pictures, Stamp, error_node, title_node, unclip
from .outlines import Outlines
from .title import title_picture

SPACING = 6
"""Between tiles, in pixels."""


class TileCanvas:
    """Shows layers in tiles, over the same images in each.

    napari shows a layer in one tile only. Copies of the image layer would each send the image to
    the graphics memory, and stand in the layer list, where other widgets take them for images. So
    one image is drawn several times here, which takes no memory: what napari draws of the image
    layer is moved backstage, and `Stamp` draws from it.

    Parameters
    ----------
    viewer
        napari's viewer itself, no proxy of it.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._canvas = viewer.window._qt_viewer.canvas
        self._grid = viewer.canvas.grid
        # Not in the view's scene: what is in there is cut to the view in all its looks.
        self._backstage = Node(parent=self._canvas.view)
        self._backstage.visible = False
        self._arrangement = Arrangement((1, 1), (), ())
        self._stamps: dict[Any, Stamp] = {}
        self._pictures: list[Node] = []
        self._titles: dict[Any, Any] = {}
        self._maps: dict[Any, Any] = {}
        self._outlines: dict[Any, Outlines] = {}
        self._quiet: WeakSet[Any] = WeakSet()

    @property
    def alive(self) -> bool:
        """Whether there is still a window."""
        return bool(isalive(self._canvas.native))

    def is_image(self, layer: Any) -> bool:
        """Whether a layer is drawn in all tiles."""
        return layer in self._stamps

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Draw nothing of what changes inside until its end, and then all at once."""
        # napari's own `batched_update` collects garbage at its end, which takes half a second.
        self._canvas._pause_scene_graph_update()
        try:
            yield
        finally:
            self._canvas._pause_scene_graph = False
            self._canvas._update_scenegraph()

    def arrange(self, arrangement: Arrangement) -> None:
        """Show layers in tiles from the end of the pause on; `place` the images then."""
        self._clear()
        self._arrangement = arrangement
        arrange(self._grid, arrangement)
        self._grid.spacing = SPACING
        self._grid.enabled = True
        for layer in set(self._viewer.layers).difference(self._quiet):
            # Else napari's layer list paints its line anew with each step of a zoom.
            layer.events.scale_factor.disconnect(layer.events)
            self._quiet.add(layer)

    def place(self) -> None:
        """Put the images into all tiles."""
        visuals, arrangement = self._canvas.layer_to_visual, self._arrangement
        self._stamps = {layer: Stamp(visuals[layer]) for layer in arrangement.everywhere}
        stamps = list(self._stamps.values())
        boxes = self._canvas.grid_views[: len(arrangement.layers)]
        self._pictures = [node for box in boxes for node in (Pictures(stamps, box), End(box))]
        # vispy sizes the tiles when it draws them first, and napari zooms after that only.
        self._canvas.grid._update_child_widget_dim()
        join(self._canvas.camera, self._canvas.grid_cameras)
        self._canvas.on_draw()

    def settle(self, outlined: Collection[Any], filled: Collection[Any]) -> None:
        """Put right what napari's last update has set for layers that it draws by itself.

        Parameters
        ----------
        outlined, filled
            How layers in tiles are drawn. Others aren't, though they can be painted on.
        """
        if self._canvas._pause_scene_graph:
            return  # whoever has paused it settles it then
        visuals, layers = self._canvas.layer_to_visual, self._viewer.layers
        lowest = True
        for layer in sorted(filter(layers.__contains__, self._stamps), key=layers.index):
            visual = visuals[layer]
            visual.node.parent = self._backstage
            # The lowest image is blended with nothing.
            visual.first_visible = lowest and layer.visible
            lowest = lowest and not layer.visible
            visual.order = layers.index(layer)
        for tile, layer in enumerate(self._arrangement.layers):
            if layer not in layers:
                continue
            visual = visuals[layer]
            drawn = layer in outlined or layer in filled
            visual.node.parent = self._box(tile).scene if drawn else self._backstage
            unclip(visual.node)
            visual.first_visible = not self._stamps
            visual._on_blending_change()
            self._outline(layer, visual.node, wanted=layer in outlined)
            if layer in self._maps:
                self._maps[layer].transform = visual.node.transform

    def set_title(self, layer: Any, text: str, *, truth: bool, selected: bool) -> None:
        """Write in a layer's tile."""
        tile, width = self._arrangement.layers.index(layer), self._tile_width - 8
        picture = title_picture(text, width, self._ratio, truth=truth, selected=selected)
        if picture is None:
            _remove(self._titles, layer)
        elif layer in self._titles:
            self._titles[layer].set_data(picture)
        else:
            self._titles[layer] = title_node(picture, self._ratio, self._box(tile))

    def set_map(self, layer: Any, picture: NDArray[np.uint8], colours: tuple[str, ...]) -> None:
        """Show an error map in a layer's tile."""
        tile, shown = self._arrangement.layers.index(layer), self._maps.get(layer)
        if shown is not None and shown.size == picture.shape[::-1]:
            shown.set_data(picture)
            return
        _remove(self._maps, layer)
        place = self._canvas.layer_to_visual[layer].node.transform
        self._maps[layer] = error_node(picture, colours, self._box(tile), place)

    def clear_maps(self) -> None:
        """Show no error map any longer."""
        for layer in list(self._maps):
            _remove(self._maps, layer)

    def layer_at(self, position: tuple[int, int] | None) -> Labels | None:
        """Return the layer of the tile in a row and column."""
        if position is None:
            return None
        number = position[0] * self._arrangement.shape[1] + position[1]
        layers = self._arrangement.layers
        return layers[number] if number < len(layers) else None

    def release(self, *, enabled: bool, spacing: float) -> None:
        """Give napari its grid back at the end of the pause, with these settings."""
        self._clear()
        self._repaint_list()
        self._backstage.parent = None
        part(self._canvas.camera, self._canvas.grid_cameras)
        release(self._grid)
        self._grid.spacing = spacing
        self._grid.enabled = enabled

    def _outline(self, layer: Any, node: Any, *, wanted: bool) -> None:
        outlines = self._outlines.get(layer)
        # napari takes another node where the type of the data changes.
        if outlines is not None and not (wanted and outlines.node is node):
            self._outlines.pop(layer).remove()
        if wanted and layer not in self._outlines:
            self._outlines[layer] = Outlines(node, self._ratio)

    def abandon(self) -> None:
        """Forget a window that is closed."""
        self._repaint_list()
        release(self._grid)

    def _repaint_list(self) -> None:
        for layer in self._quiet:
            layer.events.scale_factor.connect(layer.events)
        self._quiet.clear()

    def _clear(self) -> None:
        for node in self._pictures:
            node.parent = None
        self.clear_maps()
        for layer in list(self._titles):
            _remove(self._titles, layer)
        for stamp in self._stamps.values():
            stamp.close()
        for outlines in self._outlines.values():
            outlines.remove()
        self._pictures, self._stamps, self._outlines = [], {}, {}
        self._arrangement = Arrangement((1, 1), (), ())

    @property
    def _tile_width(self) -> float:
        return float(self._viewer.canvas.viewbox_size(self._viewer.layers)[1])

    @property
    def _ratio(self) -> float:
        return float(self._canvas.native.devicePixelRatioF())

    def _box(self, tile: int) -> Any:
        return self._canvas.grid_views[tile]


def _remove(nodes: dict[Any, Any], layer: Any) -> None:
    node = nodes.pop(layer, None)
    if node is not None:
        node.parent = None
