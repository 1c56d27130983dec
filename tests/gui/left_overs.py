"""What a test with a window may have left behind: objects of ours, and callbacks in the viewer."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from typing import Any
from weakref import WeakSet

from qtpy.compat import isalive
from qtpy.QtCore import QCoreApplication, QEvent, QObject, QTimer
from qtpy.QtWidgets import QWidget

from napari_cellbench.widgets.closing import Closing
from napari_cellbench.widgets.jobs.latest import LatestJob

OURS = "napari_cellbench"
STAYS = {"GalleryWork"}
"""What all panels share for as long as the program runs."""
GRACE = 10.0
"""Seconds in which what was told to stop has to end; of a busy machine."""
_known: WeakSet[QObject] = WeakSet()
"""What was found already: one test fails for it, not all that follow."""


def objects() -> list[str]:
    """Describe widgets of ours that are shown, panels not closed, jobs and timers that run.

    What Qt keeps of closed panels and dialogues in memory does nothing, and is left to it.
    """
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    found = [
        one
        for one in gc.get_objects()
        if issubclass(type(one), QObject) and one not in _known and _does(one)
    ]
    end = time.monotonic() + GRACE
    while found and time.monotonic() < end:
        # A thread that was told to stop needs a moment.
        QCoreApplication.processEvents()
        time.sleep(0.01)
        found = [one for one in found if _does(one)]
    _known.update(found)
    return sorted(_name_of(one) for one in found)


def _does(one: QObject) -> bool:
    if not isalive(one):
        return False
    if type(one) is QTimer:
        return one.isActive() and _is_ours(one.parent())
    if not _is_ours(one) or type(one).__name__ in STAYS:
        return False
    if isinstance(one, Closing):
        return not one.is_closed
    if isinstance(one, LatestJob):
        return one.busy or one.waiting
    return isinstance(one, QWidget) and one.isVisible()


def _name_of(one: QObject) -> str:
    if type(one) is QTimer:
        return f"timer of {type(one.parent()).__name__}"
    return f"{type(one).__module__}.{type(one).__name__}"


def callbacks(viewer: Any) -> list[str]:
    """Describe what of ours follows a viewer or its layers."""
    viewer = getattr(viewer, "__wrapped__", viewer)
    evented = [
        viewer,
        viewer.layers,
        viewer.layers.selection,
        viewer.dims,
        viewer.scene.camera,
        viewer.cursor,
        viewer.canvas,
        viewer.canvas.grid,
        *viewer.layers,
    ]
    found = [
        f"{owner} follows {type(one).__name__}.{name}"
        for one in evented
        for name, emitter in [("", one.events), *one.events.emitters.items()]
        for owner in _owners(emitter)
    ]
    found += [
        f"{call} in mouse_drag_callbacks" for call in viewer.mouse_drag_callbacks if _of(call)
    ]
    return sorted(found)


def _owners(emitter: Any) -> Iterator[str]:
    for callback in emitter.callbacks:
        # A method is kept as its object, by a weak reference, and its name.
        owner = callback[0]() if isinstance(callback, tuple) else callback
        if _is_ours(owner) or _of(owner):
            yield f"{type(owner).__name__}.{callback[1] if isinstance(callback, tuple) else ''}"


def _is_ours(one: Any) -> bool:
    return one is not None and type(one).__module__.startswith(OURS)


def _of(call: Any) -> bool:
    return str(getattr(call, "__module__", "")).startswith(OURS)
