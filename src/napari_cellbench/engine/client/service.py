"""The one place on this side that reaches for what Appose keeps to itself."""

from __future__ import annotations

import contextlib
import io
import signal
import threading
from collections.abc import Sequence
from pathlib import Path

import psutil
from appose.service import Service

from ...children import computing

PATIENCE = 5.0
"""Seconds that what a killed process wrote may take to arrive; a child of it may hold the pipe."""


class WorkerService(Service):  # type: ignore[misc]
    """A process that takes tasks, until it is ended.

    Parameters
    ----------
    command
        What starts it.
    """

    def __init__(self, command: Sequence[str]) -> None:
        super().__init__(Path.cwd(), computing(), *command)

    @property
    def pid(self) -> int:
        """Process id, once it is started."""
        pid: int = self._process.pid
        return pid

    def start(self) -> None:
        """Start the process.

        Raises
        ------
        OSError
            If there is no such program, or it can't be started.
        """
        failures: list[OSError] = []

        def start() -> None:
            try:
                Service.start(self)
                # Native code may print anything; an unread pipe would fill up and block it.
                with contextlib.suppress(io.UnsupportedOperation):
                    self._process.stderr.reconfigure(errors="replace")
            except OSError as error:
                failures.append(error)

        # Threads inherit being daemons: Appose's own would keep this interpreter from ending.
        starter = threading.Thread(target=start, daemon=True)
        starter.start()
        starter.join()
        if failures:
            raise failures[0]

    def how_it_ended(self) -> str:
        """Return why the process is gone, for a person to read."""
        code: int = self._process.returncode
        if code == -getattr(signal, "SIGKILL", 9):
            return "it was killed, perhaps for want of memory"
        with contextlib.suppress(ValueError):
            return f"it crashed in native code: {signal.Signals(-code).name}"
        return f"exit code {code}"

    def end(self) -> None:
        """Kill the process and its children, wait for it, and close what was open to it."""
        process = self._process
        with contextlib.suppress(psutil.Error):
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
        self.kill()
        process.wait()
        for thread in (self._stdout_thread, self._stderr_thread, self._monitor_thread):
            thread.join(PATIENCE)
        for pipe in (process.stdin, process.stdout, process.stderr):
            with contextlib.suppress(OSError):
                pipe.close()
