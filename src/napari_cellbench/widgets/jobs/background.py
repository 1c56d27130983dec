"""Work beside the window, in threads that neither the window nor the program waits for.

napari's own thread workers are not for this: napari waits for them, without a limit, before it
ends.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from qtpy.QtCore import QObject, Signal

from ..notify import complain

T = TypeVar("T")

_RUNNING: set[Background] = set()
"""What runs: Qt's side of it must outlast its thread, and end in napari's thread."""


class Background(QObject):
    """A call in a thread of its own; the signals arrive in napari's thread.

    Parameters
    ----------
    work
        Called in the thread.
    name
        Of the thread.

    Signals
    -------
    returned(result)
        What the call returned.
    failed(error)
        What it raised.
    ended
        It is over; follows the others.
    """

    returned = Signal(object)
    failed = Signal(object)
    ended = Signal()
    _arrived = Signal(object, object)

    def __init__(self, work: Callable[[], Any], name: str = "cellbench-background") -> None:
        super().__init__()
        self._work = work
        self._arrived.connect(self._deliver)
        self.thread_ = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        _RUNNING.add(self)
        self.thread_.start()

    def _run(self) -> None:
        result, error = None, None
        try:
            result = self._work()
        except BaseException as raised:
            error = raised
        # Qt itself may be gone when the program ends.
        with contextlib.suppress(RuntimeError):
            self._arrived.emit(result, error)

    def _deliver(self, result: Any, error: BaseException | None) -> None:
        try:
            if error is None:
                self.returned.emit(result)
            else:
                self.failed.emit(error)
        finally:
            # Else the work, which may be a method of whoever keeps this, would keep both.
            del self._work
            _RUNNING.discard(self)
            self.ended.emit()


def in_background(work: Callable[[], T], done: Callable[[T], None]) -> None:
    """Run a job in a thread and hand over what it returns; an error is shown to the user.

    Parameters
    ----------
    work
        Called in the thread.
    done
        Called with its result in napari's thread; not called if it is a widget's method and the
        widget is gone.
    """
    job = Background(work)
    job.returned.connect(done)
    job.failed.connect(complain)
    job.start()
