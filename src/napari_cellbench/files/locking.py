"""One process at a time."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .links import open_own

PAUSE = 0.2
"""Seconds between two tries."""


@contextmanager
def locked(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold a lock that the system gives back even if this process is killed.

    Parameters
    ----------
    path
        An empty file, made where missing; it stays.
    waiting
        Called again and again while another process, or another thread, holds the lock; may raise.
    """
    with open_own(path, "ab") as file:
        while not _try(file):
            waiting()
            time.sleep(PAUSE)
        # Closing the file gives the lock back.
        yield


if sys.platform == "win32":
    import msvcrt

    def _try(file: BinaryIO) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try(file: BinaryIO) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
