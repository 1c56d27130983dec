"""The one way in which a panel notices that it goes.

What is told differs by the way: with the x of its dock, napari takes a panel out of the dock; with
its window it is hidden, and deleted in a while; with the program perhaps neither. The signal
``destroyed`` of a widget itself is of no use for this: it comes when the widget's parts are gone,
and PyQt calls no method of what is being destroyed.
"""

from __future__ import annotations

import atexit
import contextlib
from collections.abc import Callable
from functools import cache
from typing import Any
from weakref import WeakSet

from qtpy.QtCore import QCoreApplication, QEvent, QObject
from qtpy.QtWidgets import QWidget

_OPEN: WeakSet[Closing] = WeakSet()
"""What has not been closed yet."""


class Closing(QObject):
    """Closes a panel once, whichever way it goes, or when this is called.

    A panel goes when it is taken out of its dock, when its window is closed, when Qt deletes it,
    and when the program ends; not when it is hidden, since it can be shown again.

    Parameters
    ----------
    panel
        The widget that stands in a dock; it keeps this object.
    viewer
        napari's viewer.
    close
        Stops what runs for the panel, and follows the viewer no longer.
    """

    def __init__(self, panel: QWidget, viewer: Any, close: Callable[[], None]) -> None:
        super().__init__()
        self._panel: QWidget | None = panel
        self._window: QWidget | None = _window_of(viewer)
        self._close = close
        self._asked = False
        for watched in (panel, self._window):
            if watched is not None:
                watched.installEventFilter(self)
        panel.destroyed.connect(self._end)
        _OPEN.add(self)
        _watch_the_end()

    @property
    def is_closed(self) -> bool:
        """Whether the panel was closed."""
        return self._panel is None

    def __call__(self, *_: object) -> None:
        """Close the panel, unless it is closed."""
        if self._panel is None:
            return
        watched = self._panel, self._window
        self._panel = self._window = None
        _OPEN.discard(self)
        for one in watched:
            # Qt's side of it may be gone.
            with contextlib.suppress(RuntimeError):
                if one is not None:
                    one.removeEventFilter(self)
        close, self._close = self._close, _nothing
        close()

    def eventFilter(self, watched: Any, event: QEvent) -> bool:  # noqa: N802
        """Notice that the panel goes, or its window."""
        kind = event.type()
        if kind == QEvent.Type.DeferredDelete:
            self()
        elif watched is self._panel:
            if kind == QEvent.Type.ParentChange and self._panel.parent() is None:
                self()
        elif kind == QEvent.Type.Close:
            # The user may be asked, and stay: a window that is closed is hidden next.
            self._asked = True
            if watched.isHidden():
                self()
        elif kind == QEvent.Type.WindowActivate:
            self._asked = False
        elif kind == QEvent.Type.Hide and self._asked and not event.spontaneous():
            self()
        return False

    def _end(self, *_: object) -> None:
        # Some of what belongs to Qt may be gone; what runs must be stopped all the same.
        with contextlib.suppress(RuntimeError):
            self()


def close_all() -> None:
    """Close all panels: the program ends."""
    for closing in list(_OPEN):
        closing._end()


def _nothing() -> None:
    """Do what is left to do when a panel is closed."""


@cache
def _watch_the_end() -> None:
    application = QCoreApplication.instance()
    if application is not None:
        application.aboutToQuit.connect(close_all)
    atexit.register(close_all)


def _window_of(viewer: Any) -> QWidget | None:
    """Return napari's main window, which plugins see as a proxy."""
    viewer = getattr(viewer, "__wrapped__", viewer)
    window: QWidget | None = getattr(getattr(viewer, "window", None), "_qt_window", None)
    return window
