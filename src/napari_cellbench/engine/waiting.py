"""Waiting for what may block, without being held up by it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

from ..errors import Cancelled

T = TypeVar("T")

POLL = 0.02
"""Seconds between two looks at whether the user cancelled."""


class Cancel(Protocol):
    """Tells whether to stop, as a `threading.Event` does."""

    def is_set(self) -> bool:
        """Return whether to stop."""


def wait_for(work: Callable[[], T], cancel: Cancel) -> T:
    """Return what a call returns, or raise what it raises, unless the user cancels meanwhile.

    A slow disk or server can't be interrupted, but it can be left alone: the call then ends by
    itself in its own thread, and nobody takes what it returns.

    Parameters
    ----------
    work
        What may block.
    cancel
        Set by another thread to stop waiting.

    Raises
    ------
    Cancelled
        If `cancel` was set.
    """
    outcome: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            outcome.put((work(), None))
        except BaseException as error:
            outcome.put((None, error))

    if cancel.is_set():
        raise Cancelled("Stopped.")
    # A daemon: it must not keep the interpreter from ending.
    threading.Thread(target=run, name="cellbench-wait", daemon=True).start()
    while True:
        try:
            result, error = outcome.get(timeout=POLL)
        except queue.Empty:
            if cancel.is_set():
                raise Cancelled("Stopped.") from None
            continue
        if error is not None:
            raise error
        return result  # type: ignore[return-value]
