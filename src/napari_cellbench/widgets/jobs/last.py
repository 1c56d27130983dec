"""What has to be done before the program ends, without the window waiting for it."""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger("napari_cellbench")

PATIENCE = 30.0
"""Seconds that the program's end waits at most: a disk of the network may be gone."""


class _Last:
    """The jobs that are under way; after the program's end each is done at once."""

    def __init__(self) -> None:
        self.threads: set[threading.Thread] = set()
        self.is_over = False

    def wait(self) -> None:
        self.is_over = True
        end = time.monotonic() + PATIENCE
        for thread in tuple(self.threads):
            thread.join(max(0.0, end - time.monotonic()))


_LAST = _Last()
atexit.register(_LAST.wait)


def before_the_end(work: Callable[[], object]) -> None:
    """Run a job in a thread that the program's end waits for; what goes wrong is logged.

    Parameters
    ----------
    work
        Called in the thread; here, if the program ends already.
    """
    if _LAST.is_over:
        _run(work)
        return

    def run() -> None:
        _run(work)
        _LAST.threads.discard(threading.current_thread())

    thread = threading.Thread(target=run, name="cellbench-last", daemon=True)
    _LAST.threads.add(thread)
    thread.start()


def _run(work: Callable[[], object]) -> None:
    try:
        work()
    except Exception as error:
        log.error("%s", error, exc_info=error)
