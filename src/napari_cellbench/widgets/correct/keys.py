"""Keys of the panel, over the canvas only; what there is nothing to do for stays napari's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from napari.layers import Points, Shapes
from qtpy.QtCore import QEvent, QObject
from qtpy.QtGui import QKeyEvent, QKeySequence


@dataclass(frozen=True)
class Key:
    """A key and what it is for.

    Attributes
    ----------
    name
        As Qt writes it, such as "Tab" or "Shift+U".
    what
        What it does, in words.
    work
        Does it; returns whether there was something to do, else the key is napari's.
    """

    name: str
    what: str
    work: Callable[[], bool]


class Keys(QObject):
    """Calls functions for keys that are pressed over the canvas.

    Points and shapes have keys of napari's own that are the same: theirs come first while such a
    layer is active.

    Parameters
    ----------
    viewer
        napari's viewer.
    keys
        In the order in which they are listed.
    """

    def __init__(self, viewer: Any, keys: Sequence[Key]) -> None:
        super().__init__()
        self.keys = tuple(keys)
        self._by_name = {key.name: key for key in keys}
        self._viewer = viewer
        self._canvas = viewer.window._qt_viewer.canvas.native
        self._canvas.installEventFilter(self)

    def close_keys(self) -> None:
        """Listen no longer."""
        self._canvas.removeEventFilter(self)

    def eventFilter(self, _: QObject, event: QEvent) -> bool:  # noqa: N802
        """Take the keys that are the panel's own."""
        if not isinstance(event, QKeyEvent):
            return False
        if event.type() not in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            return False
        key = self._by_name.get(name_of(event))
        if key is None or isinstance(self._viewer.layers.selection.active, Points | Shapes):
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            # What is accepted here comes as a press, instead of napari's shortcut.
            event.accept()
            return True
        return key.work()


def name_of(event: QKeyEvent) -> str:
    """Return the name of the key that an event is about; "?" whatever it takes to type it."""
    return "?" if event.text() == "?" else QKeySequence(event.keyCombination()).toString()
