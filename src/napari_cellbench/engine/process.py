"""The worker process: started when needed, cancelled, killed, ended when idle."""

from __future__ import annotations

import contextlib
import queue
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from appose.service import ResponseType, Service

from .. import errors
from ..errors import Cancelled, EngineError

INIT = """
import os, sys
# Replies travel over stdout: what native code prints there must not get between them.
replies = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)
sys.stdout = replies
import numpy
"""
SCRIPT = """
from napari_cellbench.engine import worker
worker.run_task(task, action, arguments)
"""
GRACE = 1.0
"""Seconds that a cancelled task has before its process is killed."""
POLL = 0.02
"""Seconds between two looks at whether the user cancelled."""


class WorkerProcess:
    """One Python process that runs methods.

    Parameters
    ----------
    python
        Its interpreter; None for the running one. Another one needs this package and what
        its method requires.
    """

    def __init__(self, python: Path | None = None) -> None:
        self._python = str(python or sys.executable)
        self._service: Service | None = None
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Process id; None while no process runs."""
        service = self._service
        if service is None or not service.is_alive():
            return None
        pid: int = service._process.pid
        return pid

    def call(
        self,
        action: str,
        arguments: dict[str, Any],
        cancel: threading.Event,
        progress: Callable[[int, int], None] | None = None,
    ) -> dict[str, Any]:
        """Run an action of `worker.run_task` and wait for its outputs.

        Parameters
        ----------
        action, arguments
            Of the worker. "load" starts the process; the others need it as it is.
        cancel
            Set by another thread to stop: the worker is asked, and killed after `GRACE`.
        progress
            Called with (current, maximum) in this thread.

        Raises
        ------
        Cancelled
            If `cancel` was set.
        EngineError
            If the process ended or the method failed.
        CellbenchError
            What the worker raised for the user to mend.
        """
        service = self._start() if action == "load" else self._service
        if service is None or not service.is_alive():
            raise self._crash()
        task = service.task(SCRIPT, {"action": action, "arguments": arguments})
        events: queue.Queue[Any] = queue.Queue()
        task.listen(events.put)
        try:
            task.start()
        except OSError:
            raise self._crash() from None
        deadline: float | None = None
        while True:
            try:
                event = events.get(timeout=POLL)
            except queue.Empty:
                event = None
            if cancel.is_set() and deadline is None:
                deadline = time.monotonic() + GRACE
                task.cancel()
            if deadline is not None and time.monotonic() > deadline:
                self.kill()
                raise Cancelled("Stopped.")
            if event is None:
                continue
            if event.response_type is ResponseType.UPDATE and progress is not None:
                progress(event.current or 0, event.maximum or 1)
            elif event.response_type.is_terminal():
                break
        if event.response_type is ResponseType.CRASH:
            if cancel.is_set():
                raise Cancelled("Stopped.")
            raise self._crash()
        if event.response_type is not ResponseType.COMPLETION:
            raise EngineError("The worker process failed.", task.error or "")
        outputs: dict[str, Any] = task.outputs
        if error := outputs.get("error"):
            raise _rebuild(error)
        return outputs

    def kill(self) -> None:
        """End the process at once, and with it give back all its memory."""
        with self._lock:
            service, self._service = self._service, None
        if service is not None:
            _end(service)

    def _start(self) -> Service:
        with self._lock:
            if self._service is not None and not self._service.is_alive():
                _end(self._service)
                self._service = None
            if self._service is None:
                main = "import appose.python_worker as w; w.main()"
                self._service = Service(Path.cwd(), None, self._python, "-c", main).init(INIT)
                try:
                    self._service.start()
                except OSError as error:
                    self._service = None
                    raise EngineError(
                        f"The interpreter {self._python} can't be started: {error}."
                    ) from error
            return self._service

    def _crash(self) -> EngineError:
        service = self._service
        self.kill()
        lines = service.error_lines() if service else []
        return EngineError(
            "The worker process ended unexpectedly, perhaps for want of memory. No layer was "
            "changed; the next run starts a new process.",
            "\n".join(lines[-40:]),
        )


def _end(service: Service) -> None:
    """Kill a worker, wait for it, and close what was open between it and us."""
    service.kill()
    service.wait_for()
    for pipe in (service._process.stdin, service._process.stdout, service._process.stderr):
        with contextlib.suppress(OSError):
            pipe.close()


def _rebuild(error: dict[str, str]) -> errors.CellbenchError:
    if error["kind"] == "EngineError":
        return EngineError(error["message"], error.get("details", ""))
    kind = getattr(errors, error["kind"], errors.CellbenchError)
    rebuilt: errors.CellbenchError = kind(error["message"])
    return rebuilt
