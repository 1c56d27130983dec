"""A pointer that keys move, for those who use no mouse."""

from __future__ import annotations

from typing import Any

from .keys import Key
from .pointer import Pointer

STEP = 8.0
"""Pixels of the screen that an arrow key moves it."""
DIRECTIONS = {"Up": (-1, 0), "Down": (1, 0), "Left": (0, -1), "Right": (0, 1)}


class KeyPointer:
    """Moves over the canvas, clicks and draws as the mouse does, through the same signals.

    Parameters
    ----------
    viewer
        napari's viewer.
    pointer
        Sends the signals.
    """

    def __init__(self, viewer: Any, pointer: Pointer) -> None:
        self._viewer, self._pointer = viewer, pointer
        self._path: list[Any] = []
        self._is_drawing = False

    def keys(self) -> list[Key]:
        """Return the keys that move it and click."""
        moves = [
            Key(f"Shift+{name}", "Move the pointer", self._moving(direction))
            for name, direction in DIRECTIONS.items()
        ]
        return [
            *moves,
            Key("Return", "Click where the pointer is", lambda: self._click()),
            Key("Ctrl+Return", "Ctrl-click there", lambda: self._click("Control")),
            Key("Shift+Return", "Shift-click there", lambda: self._click("Shift")),
            Key("Alt+Return", "Begin to draw there; once more ends it", self._draw),
        ]

    def forget(self) -> None:
        """Begin in the middle of the view the next time: the mouse was moved."""
        self._path, self._is_drawing = [], False

    def _moving(self, direction: tuple[int, int]) -> Any:
        return lambda: self._move(*direction)

    def _move(self, down: int, right: int) -> bool:
        if not self._pointer.is_on:
            return False
        step = STEP / self._viewer.scene.camera.zoom
        *leading, y, x = self._place()
        at = (*leading, y + step * down, x + step * right)
        self._path = [*self._path, at] if self._is_drawing else [at]
        self._pointer.placed.emit(at)
        if self._is_drawing:
            self._pointer.drawing.emit(list(self._path))
        else:
            self._pointer.hovered.emit(at)
        return True

    def _click(self, *modifiers: str) -> bool:
        if not self._pointer.is_on:
            return False
        self._pointer.clicked.emit(self._place(), frozenset(modifiers))
        return True

    def _draw(self) -> bool:
        if not self._pointer.is_on:
            return False
        if self._is_drawing and len(self._path) > 1:
            self._pointer.drawn.emit(list(self._path), frozenset())
        self._path = [self._place()]
        self._is_drawing = not self._is_drawing
        return True

    def _place(self) -> tuple[float, ...]:
        if self._path:
            place: tuple[float, ...] = self._path[-1]
            return place
        centre = self._viewer.scene.camera.center
        return (*self._viewer.dims.point[:-2], float(centre[-2]), float(centre[-1]))
