"""How much memory a process takes at most, seen from outside."""

from __future__ import annotations

import time
from contextlib import suppress

import psutil

INTERVAL = 0.02
"""Seconds between two looks at the resident size: some 10 µs each."""
FAMILY_INTERVALS = 0.5, 10.0
"""Shortest and longest time in seconds between two looks for child processes, which takes some
milliseconds, since all processes are gone through; each is twice the last one."""


class PeakMemory:
    """The largest resident size of a process and its children, sampled by whoever waits for it.

    What is taken and given back between two samples is missed; on the other hand, pages that
    several of the processes share count for each. There is no thread: the samples are taken in the
    loop that waits for the process anyway.

    Parameters
    ----------
    pid
        Id of the process. It may end at any time.
    """

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._family = [self._root]
        self._next_sample = self._next_look = 0.0
        self._pause = FAMILY_INTERVALS[0]
        self.largest: int | None = None

    def restart(self) -> None:
        """Forget the largest size so far."""
        self.largest = None
        self._next_sample = 0.0

    def sample(self) -> None:
        """Look at the resident size, if the last look was long enough ago."""
        now = time.monotonic()
        if now < self._next_sample:
            return
        if now >= self._next_look:
            self._look_for_children()
            self._next_look = now + self._pause
            self._pause = min(2 * self._pause, FAMILY_INTERVALS[1])
        sizes = []
        for process in self._family:
            with suppress(psutil.Error):
                sizes.append(process.memory_info().rss)
        if sizes:
            self.largest = max(self.largest or 0, sum(sizes))
        self._next_sample = now + INTERVAL

    def _look_for_children(self) -> None:
        """Find the children too: a venv's Python on Windows is the parent of the one that works."""
        with suppress(psutil.Error):
            self._family = [self._root, *self._root.children(recursive=True)]
