"""A download in a thread of its own that can be paused, resumed and cancelled."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from ..errors import Cancelled, CellbenchError
from .base import Checkpoint
from .cache import resolve
from .storage import delete, stored


class TransferState(Enum):
    """What a transfer is doing."""

    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    FAILED = "failed"
    DONE = "done"


@dataclass(frozen=True)
class TransferStatus:
    """How far a transfer is.

    Attributes
    ----------
    done, total
        Bytes; total is 0 where the server doesn't say.
    error
        Why it failed.
    """

    state: TransferState
    done: int = 0
    total: int = 0
    error: str = ""


class Transfer:
    """Downloads a checkpoint to the cache.

    A paused transfer keeps what came, also over the end of this program; a cancelled one leaves
    nothing.

    Parameters
    ----------
    checkpoint
        What to download.
    report
        Called with each `TransferStatus`, mostly from the transfer's own thread.
    """

    def __init__(self, checkpoint: Checkpoint, report: Callable[[TransferStatus], None]) -> None:
        self.checkpoint = checkpoint
        self._report = report
        self._run = _Run()
        self._run.ended = True

    def start(self) -> None:
        """Begin, or go on after a pause or an error; returns at once."""
        self._run = _Run()
        name = f"cellbench-{self.checkpoint.key}"
        threading.Thread(target=self._work, args=(self._run,), name=name, daemon=True).start()

    def pause(self) -> None:
        """Stop as soon as the next bytes come, and keep what came."""
        self._run.stop(TransferState.PAUSED)

    def cancel(self) -> None:
        """Stop, and remove what came."""
        if not self._run.stop(TransferState.CANCELLED):
            self._remove()

    def _work(self, run: _Run) -> None:
        def follow(done: int, total: int) -> None:
            if run.wanted is not TransferState.RUNNING:
                raise Cancelled("Stopped.")
            self._report(TransferStatus(TransferState.RUNNING, done, total or self.checkpoint.size))

        # Another process, or a run that is about to stop, may have the file: `resolve` waits.
        self._report(
            TransferStatus(
                TransferState.RUNNING, stored(self.checkpoint).size, self.checkpoint.size
            )
        )
        try:
            path = resolve(self.checkpoint, follow)
        except Cancelled:
            if run.end() is TransferState.CANCELLED:
                self._remove()
            else:
                have = stored(self.checkpoint).size
                self._report(TransferStatus(TransferState.PAUSED, have, self.checkpoint.size))
        except Exception as error:
            run.end()
            self._fail(error)
        else:
            run.end()
            size = path.stat().st_size
            self._report(TransferStatus(TransferState.DONE, size, size))

    def _remove(self) -> None:
        try:
            delete(self.checkpoint)
        except CellbenchError as error:
            self._fail(error)
        else:
            self._report(TransferStatus(TransferState.CANCELLED))

    def _fail(self, error: Exception) -> None:
        name = "" if isinstance(error, CellbenchError) else f"{type(error).__name__}: "
        self._report(TransferStatus(TransferState.FAILED, error=f"{name}{error}"))


class _Run:
    """What is wanted of one thread, and whether it still looks."""

    def __init__(self) -> None:
        self.wanted = TransferState.RUNNING
        self.ended = False
        self._lock = threading.Lock()

    def stop(self, wanted: TransferState) -> bool:
        """Return whether the thread will see it."""
        with self._lock:
            self.wanted = wanted
            return not self.ended

    def end(self) -> TransferState:
        """Note that the thread looks no more; return what was wanted."""
        with self._lock:
            self.ended = True
            return self.wanted
