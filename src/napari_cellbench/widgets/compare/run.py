"""A queue of entries in the background: one thread that drives it, and signals."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qtpy.QtCore import QObject, Signal

from ...compare import State, Status
from ...compare.queue import Queue
from ...engine import Entry
from ...errors import sentence
from ..layers.results import Assembly, Found
from ..layers.source import Input


@dataclass(frozen=True, eq=False)
class CompareOrder:
    """What the user asked for.

    Attributes
    ----------
    input
        Layers and region.
    index
        Plane to segment; None for all planes.
    entries
        In the order in which they are run.
    """

    input: Input
    index: tuple[int, ...] | None
    entries: Sequence[Entry]


class CompareRun(QObject):
    """Runs entries in a thread of its own; all signals arrive in the GUI's thread.

    The thread is none of napari's pool: napari waits for those when its window closes, and a queue
    may go on for hours.

    Parameters
    ----------
    queue
        Where to run.
    order
        What to run.

    Signals
    -------
    changed(number, status, found)
        News of an entry; `found` is a `Found` where it is done, else None.
    failed(error)
        Nothing could be run.
    ended
        Nothing runs any more.
    """

    changed = Signal(int, object, object)
    failed = Signal(object)
    ended = Signal()

    def __init__(self, queue: Queue, order: CompareOrder) -> None:
        super().__init__()
        self._queue, self.order = queue, order
        self._planes = [order.input.source(at) for at in order.input.indices(order.index)]
        self._roles, self._image = order.input.roles, order.input.first.name
        self._cancel = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="cellbench-compare", daemon=True)

    @property
    def is_running(self) -> bool:
        """Whether the thread is there."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def cancel(self) -> None:
        """Ask everything to stop; `ended` follows within about a second."""
        self._cancel.set()

    def cancel_entry(self, number: int) -> None:
        """Ask one entry to stop; the others go on."""
        self._queue.cancel_entry(number)

    def close(self) -> None:
        """Ask everything to stop, and end the worker processes then."""
        self._closing = True
        self.cancel()

    def _work(self) -> None:
        order = self.order
        # The window may be closed, and this object's Qt side gone: then nobody wants to know.
        with contextlib.suppress(RuntimeError):
            try:
                self._queue.run(
                    self._planes,
                    self._roles,
                    order.entries,
                    self._image,
                    self._tell,
                    self._cancel,
                )
            except Exception as error:
                self.failed.emit(error)
            finally:
                self.ended.emit()
        if self._closing:
            self._queue.release()

    def _tell(self, number: int, status: Status) -> None:
        """Pass on what the queue tells, in one of its threads."""
        if self._closing:
            return
        found: Found | None = None
        if status.state is State.DONE:
            try:
                found = self._assembled(status)
            except Exception as error:
                text = sentence(error, "The labels can't be put together")
                status = replace(status, state=State.FAILED, message=text, outcome=None)
        with contextlib.suppress(RuntimeError):
            self.changed.emit(number, status, found)

    def _assembled(self, status: Status) -> Found:
        """Return labels of the input's shape; here, so that napari needn't wait for it."""
        assert status.outcome is not None
        assembly = Assembly(self.order.input, self.order.index)
        for plane in status.outcome.planes:
            assembly.add(plane)
        return assembly.found()
