"""Keys of the tools, over the canvas only; what there is nothing to do for stays napari's."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from qtpy.QtCore import QEvent, QObject
from qtpy.QtGui import QKeyEvent, QKeySequence

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
        Functions by key, such as "Tab" or "Shift+U"; each returns whether there was something to
        do, else the key is napari's.
    """

    def __init__(
        self, viewer: Any, choose: Callable[[str], None], further: dict[str, Callable[[], bool]]
    ) -> None:
        super().__init__()
        self._choose = choose
        self._further = further | {
            f"Shift+{tool.letter}": partial(self._switch, tool.key) for tool in TOOLS
        }
        self._canvas = viewer.window._qt_viewer.canvas.native
        self._canvas.installEventFilter(self)

    def close_keys(self) -> None:
        """Listen no longer."""
        self._canvas.removeEventFilter(self)

    def eventFilter(self, _: QObject, event: QEvent) -> bool:  # noqa: N802
        """Take the keys that are the tools' own."""
        if not isinstance(event, QKeyEvent):
            return False
        if event.type() not in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            return False
        work = self._further.get(QKeySequence(event.keyCombination()).toString())
        if work is None:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            # What is accepted here comes as a press, instead of napari's shortcut.
            event.accept()
            return True
        return work()

    def _switch(self, key: str) -> bool:
        self._choose(key)
        return True
