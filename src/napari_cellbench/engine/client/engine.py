"""The side of the engine that the GUI and the command line call."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from ...data.source import Source
from ...errors import Cancelled, EngineError
from ..job import Job, Progress, Result
from .process import WorkerProcess
from .run import Run

IDLE_SECONDS = 300.0
"""After this long without a run the worker process ends, and gives back its (GPU) memory."""


def _ignore(progress: Progress) -> None:
    """Take a report of progress that nobody asked for."""


class Engine:
    """Runs methods, one run at a time, in a worker process that keeps the last model loaded.

    Each interpreter that methods run in has a process of its own, beside the others. They end with
    the block where this is used as a context manager.

    Parameters
    ----------
    idle_seconds
        The processes end after this long without a run.
    """

    def __init__(self, idle_seconds: float = IDLE_SECONDS) -> None:
        self._processes: dict[Path | None, WorkerProcess] = {}
        self._idle_seconds = idle_seconds
        self._lock = threading.Lock()
        self._busy = False
        self._closed = False
        self._last_run = 0.0
        self._timer: threading.Timer | None = None

    @property
    def pid(self) -> int | None:
        """Id of the worker process that ran last of those that are there; None without any."""
        processes = reversed(list(self._processes.values()))
        return next((process.pid for process in processes if process.pid is not None), None)

    def run(
        self,
        source: Source,
        job: Job,
        progress: Callable[[Progress], None] = _ignore,
        cancel: threading.Event | None = None,
    ) -> Result:
        """Segment an image; blocks, so that a GUI calls it in a thread.

        Parameters
        ----------
        source
            The image; one that is larger than a tile is read tile by tile.
        job
            Method, weights, parameters and device.
        progress
            Called now and then in this thread.
        cancel
            Set by another thread to stop within a second.

        Raises
        ------
        Cancelled
            If `cancel` was set.
        InputError, CheckpointError
            If the image, a parameter or the checkpoint can't be used.
        EngineError
            If the method failed, the process ended, or a run is under way already.
        """
        # Held by the timer too: a run that comes while it ends the process waits for that.
        with self._lock:
            if self._closed:
                raise Cancelled("The program ends.")
            if self._busy:
                raise EngineError("A run is under way: wait for it or cancel it.")
            self._busy = True
        try:
            process = self._process_of(job.python)
            return Run(process, source, job, progress, cancel or threading.Event()).result()
        finally:
            with self._lock:
                self._busy = False
                self._last_run = time.monotonic()
                # One that waits already is enough: a new thread for each of many small images costs
                # more than anything else here.
                if self.pid is not None and self._timer is None:
                    self._look_again(self._idle_seconds)

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def release(self) -> None:
        """End the worker processes; a run under way fails. Their memory is free after this."""
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        self._kill()

    def close(self) -> None:
        """End the worker processes for good: the program ends."""
        self._closed = True
        self.release()

    def _look_again(self, seconds: float) -> None:
        timer = threading.Timer(seconds, self._end_if_idle)
        timer.name, timer.daemon = "cellbench-idle", True
        self._timer = timer
        timer.start()

    def _end_if_idle(self) -> None:
        with self._lock:
            if self._timer is not threading.current_thread():
                return
            self._timer = None
            # The end of a run that is under way starts another.
            if self._busy:
                return
            left = self._last_run + self._idle_seconds - time.monotonic()
            if left > 0:
                self._look_again(left)
            else:
                self._kill()

    def _kill(self) -> None:
        for process in list(self._processes.values()):
            process.kill()

    def _process_of(self, python: Path | None) -> WorkerProcess:
        """Return the process of an interpreter, and remember it as the last that ran."""
        process = self._processes.pop(python, None) or WorkerProcess(python)
        self._processes[python] = process
        return process
