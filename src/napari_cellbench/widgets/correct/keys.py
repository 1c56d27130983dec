"""Keys of the tools, on the canvas only, where napari has no use for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtGui import QKeyEvent

from .tools import TOOLS


class Keys(QObject):
    """Calls functions for keys that are pressed over the canvas.

    Parameters
    ----------
    viewer
        napari's viewer.
    choose
        Takes the key of a tool.
    further
        Called for Tab and Escape; returns whether there was something to do.
    """

    def __init__(
        self, viewer: Any, choose: Callable[[str], None], further: dict[str, Callable[[], bool]]
    ) -> None:
        super().__init__()
        self._choose, self._further = choose, further
        self._letters = {getattr(Qt.Key, f"Key_{tool.letter}"): tool.key for tool in TOOLS}
        self._others = {Qt.Key.Key_Tab: "Tab", Qt.Key.Key_Escape: "Escape"}
        self._canvas = viewer.window._qt_viewer.canvas.native
        self._canvas.installEventFilter(self)

    def close_keys(self) -> None:
        """Listen no longer."""
        self._canvas.removeEventFilter(self)

    def eventFilter(self, _: QObject, event: QEvent) -> bool:  # noqa: N802
        """Take the keys that are the tools' own."""
        if not isinstance(event, QKeyEvent):
            return False
        # A shortcut of napari's main window would take the key before it is pressed.
        if event.type() not in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            return False
        key = event.key()
        if event.modifiers() == Qt.KeyboardModifier.ShiftModifier and key in self._letters:
            if event.type() == QEvent.Type.KeyPress:
                self._choose(self._letters[key])
            event.accept()
            return True
        name = self._others.get(key)
        if name in self._further and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            if event.type() == QEvent.Type.ShortcutOverride:
                return False
            return self._further[name]()
        return False
