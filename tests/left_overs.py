"""What a test may have left behind: threads, processes, shared memory, temporary files."""

from __future__ import annotations

import contextlib
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing import resource_tracker
from pathlib import Path

import psutil

PATIENCE = 20.0
"""Seconds that what ends by itself may take on a busy computer."""
SHARED_MEMORY = Path("/dev/shm")
"""Where Linux has it."""
THREADS = ("cellbench", "Appose")
"""How names of threads begin that are ours, or started for us."""
PROCESS = "process "
TEMPORARY_NAMES = ("appose-*", "*cellbench*")


class LeftOvers:
    """Compares what there is with what there was when this was made.

    Parameters
    ----------
    blocks
        Names of the blocks of shared memory that were made since; it may grow.
    """

    def __init__(self, blocks: Sequence[str] = ()) -> None:
        self._blocks = blocks
        if sys.platform != "win32":
            # A process of Python's own, which watches over shared memory and stays.
            resource_tracker.ensure_running()
        self._me = psutil.Process()
        self._before = self._all()

    def found(self) -> list[str]:
        """Describe what is new."""
        return sorted(self._all() - self._before)

    def check(self) -> None:
        """Fail if anything is left after a while."""
        until(lambda: not self.found(), PATIENCE)
        left = self.found()
        assert not left, f"left behind: {', '.join(map(_described, left))}"

    def _all(self) -> set[str]:
        threads = {
            f"thread {one.name} ({one.ident})"
            for one in threading.enumerate()
            if one.name.startswith(THREADS)
        }
        blocks = {f"shared memory {b}" for b in self._blocks if (SHARED_MEMORY / b).exists()}
        return threads | blocks | self._processes() | _temporary_files()

    def _processes(self) -> set[str]:
        found = set()
        for child in self._me.children(recursive=True):
            try:
                if child.status() != psutil.STATUS_ZOMBIE:
                    # Without its command: that changes when it has just been started.
                    found.add(f"{PROCESS}{child.pid}")
            except psutil.Error:
                continue
        return found


def _described(one: str) -> str:
    if one.startswith(PROCESS):
        with contextlib.suppress(psutil.Error):
            command = psutil.Process(int(one.removeprefix(PROCESS))).cmdline()
            return f"{one} ({' '.join(command)[:120]})"
    return one


def _temporary_files() -> set[str]:
    folder = Path(tempfile.gettempdir())
    return {f"file {path}" for name in TEMPORARY_NAMES for path in folder.glob(name)}


def until(condition: Callable[[], bool], patience: float) -> bool:
    """Wait until something is so; tell whether it came to be in time."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def still_running(pids: Sequence[int], patience: float = PATIENCE) -> list[int]:
    """Return which processes haven't ended after a while."""
    left = []
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            left.append(psutil.Process(pid))
    _, alive = psutil.wait_procs(left, timeout=patience)
    # Nobody may wait for orphans where there is no init.
    return [one.pid for one in alive if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
