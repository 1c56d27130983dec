"""The worker process: started when needed, cancelled, killed, ended when idle."""

from __future__ import annotations

import contextlib
import math
import queue
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from appose.service import ResponseType

from ... import errors
from ...errors import Cancelled, EngineError
from ..environments.lending import check_interpreter, guest_command
from ..waiting import POLL, wait_for
from .peak import PeakMemory
from .service import WorkerService

BOOT = "from napari_cellbench.engine.worker.boot import main; main()"
SCRIPT = """
from napari_cellbench.engine.worker.actions import run_task
run_task(task, action, arguments)
"""
FIRST = ("load", "open")
"""Actions that load a model, and start the process."""
GRACE = 1.0
"""Seconds that a cancelled task has before its process is killed."""
LOADING = 600.0
"""Seconds that a model may take to load; libraries don't return from some damaged files."""


class WorkerProcess:
    """One Python process that runs methods.

    Parameters
    ----------
    python
        Its interpreter; None for the running one. See `lending` for what another one needs.
    """

    def __init__(self, python: Path | None = None) -> None:
        self._python = python
        self._service: WorkerService | None = None
        self._peak: PeakMemory | None = None
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Process id; None while no process runs."""
        service = self._service
        if service is None or not service.is_alive():
            return None
        return service.pid

    @property
    def peak_memory(self) -> int | None:
        """Largest resident size since the last "load" began, in bytes; None where unknown."""
        return self._peak.largest if self._peak is not None else None

    def call(
        self,
        action: str,
        arguments: dict[str, Any],
        cancel: threading.Event,
        progress: Callable[[int, int], None] | None = None,
        grace: float = GRACE,
    ) -> dict[str, Any]:
        """Run an action of the worker's `run_task` and wait for its outputs.

        Parameters
        ----------
        action, arguments
            Of the worker. Those of `FIRST` start the process; the others need it as it is.
        cancel
            Set by another thread to stop: the worker is asked, and killed after `grace`.
        progress
            Called with (current, maximum) in this thread.
        grace
            Seconds that the worker has to stop before it is killed.

        Raises
        ------
        Cancelled
            If `cancel` was set.
        EngineError
            If the process ended, the method failed, or loading took longer than `LOADING`.
        CellbenchError
            What the worker raised for the user to mend.
        """
        if cancel.is_set():
            raise Cancelled("Stopped.")
        is_first = action in FIRST
        if is_first:
            self._check_interpreter(cancel)
            service: WorkerService | None = self._started(cancel)
        else:
            service = self._service
        if service is None or not service.is_alive():
            raise self._crash()
        task = service.task(SCRIPT, {"action": action, "arguments": arguments})
        events: queue.Queue[Any] = queue.Queue()
        task.listen(events.put)
        try:
            task.start()
        except OSError:
            raise self._crash() from None
        peak = self._peak
        if peak is not None and is_first:
            peak.restart()
        patience = LOADING if is_first else math.inf
        started = time.monotonic()
        deadline: float | None = None
        ended: float | None = None
        while True:
            try:
                event = events.get(timeout=POLL)
            except queue.Empty:
                event = None
            if peak is not None:
                peak.sample()
            if cancel.is_set() and deadline is None:
                deadline = time.monotonic() + grace
                with contextlib.suppress(OSError):
                    task.cancel()
            if deadline is not None and time.monotonic() > deadline:
                self.kill()
                raise Cancelled("Stopped.")
            if time.monotonic() - started > patience:
                self.kill()
                raise EngineError(
                    f"The model wasn't loaded after {patience:.0f} seconds, and loading was "
                    "stopped: its file may be damaged, or lie on a disk that is very slow."
                )
            if event is None:
                # Its end is told as an event, but not if that was lost.
                if service.is_alive() or not events.empty():
                    continue
                ended = ended or time.monotonic()
                if time.monotonic() - ended > GRACE:
                    raise self._crash()
                continue
            if event.response_type is ResponseType.UPDATE and progress is not None:
                progress(event.current or 0, event.maximum or 1)
            elif event.response_type.is_terminal():
                break
        # Who cancelled wants no answer, though a quick worker may have given one in between.
        if cancel.is_set():
            raise Cancelled("Stopped.")
        if event.response_type is ResponseType.CRASH:
            raise self._crash()
        if event.response_type is not ResponseType.COMPLETION:
            raise self._unfit(task.error or "")
        outputs: dict[str, Any] = task.outputs
        if error := outputs.get("error"):
            raise _rebuild(error)
        return outputs

    def kill(self) -> None:
        """End the process at once, and with it give back all its memory."""
        with self._lock:
            service, self._service = self._service, None
        if service is not None:
            service.end()

    def _check_interpreter(self, cancel: threading.Event) -> None:
        """Ask another interpreter what it has, while nobody has to wait for the lock."""

        def tick() -> None:
            if cancel.is_set():
                raise Cancelled("Stopped.")

        if self._python is not None and self.pid is None:
            check_interpreter(self._python, tick)

    def _started(self, cancel: threading.Event) -> WorkerService:
        """Start the process unless it runs: on a busy computer that can take longer than a user."""
        service = self._service
        if service is not None and service.is_alive():
            return service
        try:
            return wait_for(self._start, cancel)
        except Cancelled:
            # It may come into being yet, and waits for nobody then.
            threading.Thread(target=self.kill, name="cellbench-kill", daemon=True).start()
            raise

    def _start(self) -> WorkerService:
        with self._lock:
            if self._service is not None and not self._service.is_alive():
                self._service.end()
                self._service = None
            if self._service is None:
                self._service = self._new_service()
            return self._service

    def _new_service(self) -> WorkerService:
        service = WorkerService(self._command())
        try:
            service.start()
        except OSError as error:
            raise EngineError(f"The interpreter {self._name} can't be started: {error}.") from error
        # It may have ended already, of which the first task tells.
        with contextlib.suppress(psutil.Error):
            self._peak = PeakMemory(service.pid)
        return service

    @property
    def _name(self) -> str:
        return str(self._python or sys.executable)

    def _command(self) -> list[str]:
        if self._python is None:
            # -P: a numpy.py in the folder that napari was started from must not be imported.
            return [sys.executable, "-P", "-c", BOOT]
        return guest_command(self._python)

    def _crash(self) -> EngineError:
        service = self._service
        self.kill()
        if service is None:
            return EngineError("The worker process was ended; the next run starts a new one.")
        lines = service.error_lines()
        details = "\n".join(lines[-40:])
        if missing := [line for line in lines if line.startswith("ModuleNotFoundError")]:
            return self._unfit(missing[-1])
        return EngineError(
            f"The worker process ended unexpectedly ({service.how_it_ended()}). No layer was "
            "changed; the next run starts a new process.",
            details,
        )

    def _unfit(self, details: str) -> EngineError:
        """Explain that the worker's own code could not run."""
        reason = (details.strip().splitlines() or ["no reason is known"])[-1]
        return EngineError(
            f"The interpreter {self._name} can't run methods: {reason}. Is napari-cellbench, with "
            "all that it depends on, installed there?",
            details,
        )


def _rebuild(error: dict[str, str]) -> errors.CellbenchError:
    if error["kind"] == "EngineError":
        return EngineError(error["message"], error.get("details", ""))
    kind = getattr(errors, error["kind"], errors.CellbenchError)
    rebuilt: errors.CellbenchError = kind(error["message"])
    return rebuilt
