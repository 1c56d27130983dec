"""Work that a person starts, watches and may stop: the same for every panel."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from qtpy.QtCore import QObject, Signal

from ...durations import spoken
from ...engine import Progress
from ...engine.time_left import TimeLeft
from ...errors import Cancelled
from . import collector
from .background import Background

FRAME = 1 / 30
"""Progress is shown at most so often, in seconds."""


class RunState(Enum):
    """Where a run is."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True)
class RunStatus:
    """What a panel shows of a run.

    Attributes
    ----------
    state
        Where it is.
    text
        For a person to read.
    fraction
        Of the work that is done, from 0 to 1.
    """

    state: RunState
    text: str = ""
    fraction: float = 0.0


class LongRun(QObject):
    """Calls `work` in a thread of its own; all signals arrive in napari's thread.

    The thread is none of napari's pool: napari waits for those when its window closes, and such a
    run may go on for hours.

    Signals
    -------
    moved(status)
        A `RunStatus`: where it is now.
    returned(result), failed(error)
        How it came out, unless it was cancelled.
    ended
        Nothing runs any more. Of a run that was closed, this is all that is told.
    """

    moved = Signal(object)
    returned = Signal(object)
    failed = Signal(object)
    ended = Signal()
    _told = Signal(float, str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.status = RunStatus(RunState.STARTING, "Starting…")
        self.stop = threading.Event()
        self.is_closed = False
        self._shown = 0.0
        self._left = TimeLeft()
        self._thread = Background(self.work, name)
        self._thread.returned.connect(self._return)
        self._thread.failed.connect(self._fail)
        self._thread.ended.connect(self._end)
        self._told.connect(self._show)

    @property
    def is_running(self) -> bool:
        """Whether the thread is there."""
        return self._thread.thread_.is_alive()

    def work(self) -> Any:
        """Do the work, in the thread; `stop` says that it is to end, by raising `Cancelled`."""
        raise NotImplementedError

    def start(self) -> None:
        """Begin; returns at once."""
        self._move(self.status)
        collector.hold()
        self._thread.start()

    def cancel(self) -> None:
        """Ask to stop; the end follows within about a second."""
        self.stop.set()
        if self.status.state in (RunState.STARTING, RunState.RUNNING):
            self._move(replace(self.status, state=RunState.STOPPING, text="Cancelling…"))

    def close(self) -> None:
        """Stop, and say nothing of what came of it: the panel is gone."""
        self.is_closed = True
        self.stop.set()

    def tell(self, progress: Progress) -> None:
        """Pass progress on from any thread, with the time that is left."""
        now = time.monotonic()
        if self.is_closed or (now - self._shown < FRAME and 0 < progress.fraction < 1):
            return
        self._shown = now
        left = self._left.note(progress.fraction)
        rest = f" about {spoken(left)} left" if left else ""
        text = f"{progress.message}…{rest}"
        # Qt itself may be gone when the program ends.
        with contextlib.suppress(RuntimeError):
            self._told.emit(progress.fraction, text[:1].upper() + text[1:])

    def _show(self, fraction: float, text: str) -> None:
        if self.status.state in (RunState.STARTING, RunState.RUNNING):
            self._move(RunStatus(RunState.RUNNING, text, fraction))

    def _return(self, result: Any) -> None:
        # Some keep what was done until they were stopped.
        stopped = self.stop.is_set()
        end = (RunState.CANCELLED, "Cancelled.") if stopped else (RunState.DONE, "Done.")
        self._move(RunStatus(*end, fraction=1.0))
        if not self.is_closed:
            self.returned.emit(result)

    def _fail(self, error: BaseException) -> None:
        if isinstance(error, Cancelled):
            self._move(RunStatus(RunState.CANCELLED, "Cancelled."))
            return
        self._move(RunStatus(RunState.FAILED, "Failed."))
        if not self.is_closed:
            self.failed.emit(error)

    def _end(self) -> None:
        # A method, not the signal itself: whoever forgets the run now must not end it before the
        # others are told.
        self.ended.emit()

    def _move(self, status: RunStatus) -> None:
        self.status = status
        if not self.is_closed:
            self.moved.emit(status)
