"""What the mouse does on the canvas while a tool is on: hovers, clicks, draws."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from qtpy.QtCore import QObject, Signal
from qtpy.QtGui import QCursor

STILL = 4.0
"""Pixels of the screen that a click may move."""


class Pointer(QObject):
    """Follows the mouse over a viewer while it is switched on; then dragging draws, not pans.

    The camera still follows the wheel, and the space bar as napari has it.

    Parameters
    ----------
    viewer
        napari's viewer.

    Signals
    -------
    hovered(world)
        The pointer is at another place; in world coordinates.
    clicked(world, modifiers)
        A click with the left button; the modifiers are a frozenset of names such as "Shift".
    drawing(path), drawn(path, modifiers)
        A list of places, while the button is held and when it is let go.
    placed(world)
        Keys moved the pointer there; None once the mouse is moved.
    """

    hovered = Signal(object)
    clicked = Signal(object, object)
    drawing = Signal(object)
    drawn = Signal(object, object)
    placed = Signal(object)

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self._viewer = viewer
        self._layer: Any = None
        self._cursor: QCursor | None = None

    def follow(self, layer: Any, cursor: QCursor | None = None) -> None:
        """Act on a layer from now on; None to switch off, and leave all as it was.

        Parameters
        ----------
        layer
            Of labels.
        cursor
            Says what a click does; napari's own if left out.
        """
        self._cursor = cursor
        if layer is self._layer:
            self._show_cursor()
            return
        if self._layer is not None:
            self._viewer.mouse_move_callbacks.remove(self._move)
            self._viewer.mouse_drag_callbacks.remove(self._press)
            self._viewer.cursor.events.style.disconnect(self._show_cursor)
            self._layer.mouse_pan = True
        self._layer = layer
        if layer is not None:
            layer.mode = "pan_zoom"
            layer.mouse_pan = False
            self._viewer.mouse_move_callbacks.append(self._move)
            self._viewer.mouse_drag_callbacks.append(self._press)
            self._viewer.cursor.events.style.connect(self._show_cursor, position="last")
            self._show_cursor()
        else:
            # napari shows its own again.
            self._viewer.cursor.events.style(value=self._viewer.cursor.style)

    @property
    def is_on(self) -> bool:
        """Whether it acts now: not while napari's own tools of the layer are used."""
        layer = self._layer
        active = self._viewer.layers.selection.active
        return layer is not None and active is layer and str(layer.mode) == "pan_zoom"

    def _show_cursor(self, *_: object) -> None:
        """Show the cursor after napari has shown its own."""
        if self._cursor is not None and self.is_on:
            self._viewer.window._qt_viewer.canvas.native.setCursor(self._cursor)

    def _move(self, _viewer: Any, event: Any) -> None:
        self.placed.emit(None)
        if self.is_on:
            self.hovered.emit(tuple(event.position))

    def _press(self, _viewer: Any, event: Any) -> Iterator[None]:
        if not self.is_on or event.button != 1:
            return
        modifiers = frozenset(str(getattr(m, "name", m)) for m in event.modifiers)
        start, path = event.pos, [tuple(event.position)]
        has_moved = False

        def is_far() -> bool:
            return max(abs(event.pos[0] - start[0]), abs(event.pos[1] - start[1])) > STILL

        yield
        while event.type == "mouse_move":
            has_moved |= is_far()
            path.append(tuple(event.position))
            if has_moved:
                self.drawing.emit(list(path))
            yield
        # A quick stroke may come without a move in between.
        if has_moved or is_far():
            path.append(tuple(event.position))
            self.drawn.emit(path, modifiers)
        else:
            self.clicked.emit(path[0], modifiers)
