"""Child processes that do one thing for us: bounded in time, in what they say, and as a group."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import IO

MOST = 2**20
"""Bytes of an answer; whoever says more is stopped."""
POLL = 0.05
"""Seconds between two looks at whether the user wants to stop."""


def computing() -> dict[str, str]:
    """Return the environment of a child that computes beside others; the user's wishes win.

    Its threads sleep while they wait for each other: where napari or another child needs a core, a
    thread that waits actively takes it, and all get slower.
    """
    return {"OMP_WAIT_POLICY": "passive", **os.environ}


class Unanswered(Exception):
    """A child that said too much, or took too long; the message says which."""


def ask(
    command: Sequence[str],
    seconds: float,
    tick: Callable[[], None] = lambda: None,
    environment: Mapping[str, str] | None = None,
) -> tuple[int, bytes]:
    """Run a command and return its exit code and what it printed.

    However this ends, neither the child nor a process that it started is left, unless one made
    itself independent on purpose.

    Parameters
    ----------
    command
        Program and arguments. It reads nothing, and what it says on stderr is thrown away.
    seconds
        How long it may take.
    tick
        Called every `POLL` seconds; may raise to stop.
    environment
        Variables of the child; those of this process if left out.

    Raises
    ------
    Unanswered
        If it took too long, or printed more than `MOST` bytes.
    OSError
        If it can't be started.
    """
    child = subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,  # without effect on Windows
    )
    said = bytearray()
    assert child.stdout is not None
    reader = threading.Thread(target=_read, args=(child.stdout, said), daemon=True)
    reader.start()
    deadline = time.monotonic() + seconds
    try:
        # A grandchild may hold the pipe open: what counts is that the child itself has ended.
        while not _has_ended(child):
            tick()
            if len(said) > MOST:
                raise Unanswered("it says more than an answer")
            if time.monotonic() > deadline:
                raise Unanswered(f"it took more than {seconds:.0f} seconds")
            reader.join(POLL) if reader.is_alive() else time.sleep(POLL)
        reader.join(1.0)
    finally:
        _end(child)
        reader.join(1.0)
        if not reader.is_alive():
            child.stdout.close()
    if len(said) > MOST:
        raise Unanswered("it says more than an answer")
    return child.returncode, bytes(said)


def follow(
    command: Sequence[str],
    told: Callable[[str], None],
    tick: Callable[[], None] = lambda: None,
    environment: Mapping[str, str] | None = None,
    began: Callable[[int], None] = lambda _: None,
) -> int:
    """Run a command for as long as it takes, and pass on what it tells of its work.

    However this ends, neither the child nor a process that it started is left, as with `ask`.

    Parameters
    ----------
    command
        Program and arguments. It reads nothing, and what it says on stdout is thrown away.
    told
        Called with each line that it says on stderr, in this thread.
    tick
        Called every `POLL` seconds; may raise to stop.
    environment
        Variables of the child; those of this process if left out.
    began
        Called with its process id.

    Returns
    -------
    int
        Its exit code.

    Raises
    ------
    OSError
        If it can't be started.
    """
    child = subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,  # without effect on Windows
    )
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    assert child.stderr is not None
    reader = threading.Thread(target=_read_lines, args=(child.stderr, lines), daemon=True)
    reader.start()
    try:
        began(child.pid)
        while not _has_ended(child):
            tick()
            with contextlib.suppress(queue.Empty):
                told(lines.get(timeout=POLL))
        reader.join(1.0)
        while not lines.empty():
            told(lines.get())
    finally:
        _end(child)
        reader.join(1.0)
        if not reader.is_alive():
            child.stderr.close()
    return child.returncode


def _read_lines(pipe: IO[bytes], lines: queue.SimpleQueue[str]) -> None:
    with contextlib.suppress(OSError, ValueError):
        while line := pipe.readline(MOST):
            lines.put(line.decode(errors="replace").rstrip())


def _read(pipe: IO[bytes], said: bytearray) -> None:
    with contextlib.suppress(OSError, ValueError):
        while len(said) <= MOST and (chunk := os.read(pipe.fileno(), 2**16)):
            said.extend(chunk)


if sys.platform == "win32":

    def _end(child: subprocess.Popen[bytes]) -> None:
        """End a child and what it started, as far as its parents can still be told."""
        with contextlib.suppress(OSError):
            tree = ["taskkill", "/F", "/T", "/PID", str(child.pid)]
            subprocess.run(tree, capture_output=True, timeout=10, check=False)
        with contextlib.suppress(OSError):
            child.kill()
        child.wait()

    def _has_ended(child: subprocess.Popen[bytes]) -> bool:
        return child.poll() is not None

else:

    def _end(child: subprocess.Popen[bytes]) -> None:
        """End a child's group, in which all that it started is."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()

    def _has_ended(child: subprocess.Popen[bytes]) -> bool:
        # It isn't waited for yet: until then its number is no other group's.
        with contextlib.suppress(ChildProcessError):
            options = os.WEXITED | os.WNOHANG | os.WNOWAIT
            return os.waitid(os.P_PID, child.pid, options) is not None
        return True
