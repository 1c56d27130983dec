"""Ctrl-C and its like: one of them stops the work, and cleaning up is not disturbed by more."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

GRACE = 5.0
"""Seconds for cleaning up, in which more of them are not heeded."""

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


class Stopping:
    """Turns the first signal into a `KeyboardInterrupt`.

    Attributes
    ----------
    number
        The signal's, once there was one; SIGINT's before.
    """

    def __init__(self) -> None:
        self.number = int(signal.SIGINT)
        self._first: float | None = None

    @contextmanager
    def watched(self, *, to_the_end: bool) -> Iterator[None]:
        """Heed signals in the block.

        Parameters
        ----------
        to_the_end
            Whether the process ends after the block, so that none is heeded any more.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in SIGNALS}
        # Who started this in the background wants some of them ignored.
        heeded = [n for n, handler in before.items() if handler not in (signal.SIG_IGN, None)]
        for number in heeded:
            signal.signal(number, self._stop)
        try:
            yield
        finally:
            for number in heeded:
                signal.signal(number, signal.SIG_IGN if to_the_end else before[number])

    def _stop(self, number: int, frame: Any) -> None:
        now = time.monotonic()
        if self._first is not None and now - self._first < GRACE:
            return
        self._first, self.number = now, number
        raise KeyboardInterrupt
