"""The grid view: one tile a result, all over the same image, panned and zoomed as one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QObject, QTimer, Signal

from ....errors import InputError
from ...layers.proxies import itself
from ..results import Item, Results
from .layers import images_of, tiles_of, truth_of
from .looks import Mode
from .show import TileShow


class GridView(QObject):
    """Shows results side by side in the viewer, and goes back to the stacked view.

    The layers in the tiles are the results' own: what is painted in a tile is painted on the
    result. No layer is added.

    Parameters
    ----------
    viewer
        napari's viewer.
    results
        What is compared.

    Signals
    -------
    shown_changed(bool)
        Whether the grid is shown from now on.
    """

    shown_changed = Signal(bool)

    def __init__(self, viewer: Any, results: Results) -> None:
        super().__init__()
        # Plugins get a proxy, which hands out proxies of layers, which are none of its own.
        self._viewer = itself(viewer)
        self._results = results
        self._mode = Mode.OUTLINES
        self._title_of: Callable[[Item], str] | None = None
        self._order: list[Item] | None = None
        self._tiles: TileShow | None = None
        self._resized = QTimer(self, singleShot=True, interval=200)
        self._resized.timeout.connect(self._arrange)
        self._followed = [
            results.added,
            results.changed,
            results.removed,
            results.truth_changed,
            results.selection_changed,
            results.images_changed,
        ]
        for signal in self._followed:
            signal.connect(self._follow)

    @property
    def shown(self) -> bool:
        """Whether the grid is shown."""
        return self._tiles is not None

    @property
    def mode(self) -> Mode:
        """What the tiles show."""
        return self._mode

    def set_titles(self, title_of: Callable[[Item], str]) -> None:
        """Set what gives a result's title: a name, and in further lines what there is to tell."""
        self._title_of = title_of
        if self._tiles is not None:
            self._tiles.title_of = title_of
        self.refresh_titles()

    def set_mode(self, mode: str) -> None:
        """Choose what all tiles show: one of `Mode`.

        Raises
        ------
        InputError
            If the error map is asked for without a truth.
        """
        if mode == Mode.ERROR_MAP and self._truth() is None:
            raise InputError("The error map needs the truth: choose its layer first.")
        self._mode = Mode(mode)
        if self._tiles is not None:
            self._tiles.mode = self._mode
            self._tiles.draw()

    def show(self, item_order: list[Item] | None = None) -> None:
        """Show the grid.

        Parameters
        ----------
        item_order
            The results in the order of their tiles; None for the order in which they were added.
            The truth comes first.

        Raises
        ------
        InputError
            If there is nothing to show, or the viewer shows volumes.
        """
        self._order = item_order
        if self.shown:
            self._arrange()
            return
        if not self._wanted():
            raise InputError("There is no result to show yet: run a method first.")
        if self._viewer.dims.ndisplay != 2:
            raise InputError("The grid shows planes: switch the viewer to 2-D first.")
        self._tiles = TileShow(self._viewer, self._mode, self._title_of)
        self._tiles.facts.select(self._results.selection)
        self._arrange()
        for event, slot in self._connections():
            # After napari's canvas, which listens to the same.
            event.connect(slot, position="last")
        self._viewer.mouse_drag_callbacks.append(self._pressed)
        self.shown_changed.emit(True)

    def hide(self) -> None:
        """Go back to the stacked view as it was."""
        self._hide()

    def focus(self, item: Item) -> None:
        """Select the layer of a result, which marks its tile."""
        layer = itself(item.layer)
        if layer is not None and layer in self._viewer.layers:
            self._viewer.layers.selection.active = layer

    def close_grid(self) -> None:
        """Hide the grid and follow nothing any longer; a second time does nothing."""
        self._hide()
        while self._followed:
            self._followed.pop().disconnect(self._follow)

    def refresh_titles(self, *_: object) -> None:
        """Write all titles anew."""
        if self._tiles is not None:
            self._tiles.write()

    def _hide(self, *, enabled: bool | None = None) -> None:
        tiles = self._tiles
        if tiles is None:
            return
        self._tiles = None
        self._resized.stop()
        for event, slot in self._connections():
            event.disconnect(slot)
        self._viewer.mouse_drag_callbacks.remove(self._pressed)
        tiles.end(enabled=enabled)
        self.shown_changed.emit(False)

    def _arrange(self) -> None:
        """Give each result its tile."""
        wanted = self._wanted()
        if not wanted:
            self._hide()
        elif self._tiles is not None:
            self._tiles.arrange(wanted, images_of(self._results, self._viewer.layers))

    def _follow(self, *_: object) -> None:
        """Follow the results: come, gone, or another truth, or others that count."""
        tiles = self._tiles
        if tiles is None:
            return
        tiles.facts.select(self._results.selection)
        if self._mode is Mode.ERROR_MAP and self._truth() is None:
            self._mode = tiles.mode = Mode.OUTLINES
        if list(self._wanted().items()) != list(tiles.tiles.items()):
            self._arrange()
        else:
            self.refresh_titles()

    def _layers_changed(self, event: Any) -> None:
        """Follow the list, and what it passes on of its layers."""
        if self._tiles is not None and event.type in ("inserted", "reordered", "visible"):
            self._tiles.settle()

    def _layer_gone(self, event: Any) -> None:
        """Take a tile away whose layer was deleted; without its image the grid is none."""
        if self._tiles is None:
            return
        if self._tiles.canvas.is_image(event.value):
            self._hide()
        elif event.value in self._tiles.tiles:
            self._arrange()

    def _toggled(self, *_: object) -> None:
        """Hide when the user turns napari's grid off."""
        if not self._viewer.canvas.grid.enabled:
            self._hide(enabled=False)

    def _pressed(self, _viewer: Any, event: Any) -> None:
        """Select the layer of the tile that is clicked, so that it is what the brush paints on."""
        layer = self._tiles.canvas.layer_at(event.viewbox) if self._tiles is not None else None
        if layer is not None and layer is not self._viewer.layers.selection.active:
            self._viewer.layers.selection.active = layer

    def _wanted(self) -> dict[Any, Item | None]:
        return tiles_of(self._results, self._viewer.layers, self._order)

    def _truth(self) -> Any | None:
        return truth_of(self._results, self._viewer.layers)

    def _connections(self) -> list[tuple[Any, Callable[..., None]]]:
        viewer = self._viewer
        return [
            (viewer.layers.events, self._layers_changed),
            (viewer.layers.events.removed, self._layer_gone),
            (viewer.layers.selection.events.active, self.refresh_titles),
            (viewer.canvas.grid.events.enabled, self._toggled),
            (viewer.canvas.events.size, self._wait_for_size),
            (viewer.dims.events.ndisplay, self._turned),
        ]

    def _wait_for_size(self, *_: object) -> None:
        self._resized.start()

    def _turned(self, *_: object) -> None:
        """Hide before volumes: they have no tiles."""
        if self._viewer.dims.ndisplay != 2:
            self._hide()
