"""A thread for what follows a slider: one job at a time, and only the latest of those that wait."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QObject, Signal

from ...errors import Cancelled

Work = Callable[["Report"], None]

FRAME = 0.015
"""The window can wait so long for what follows a slider without a person noticing, in seconds."""


class Report:
    """What a job reports with; calling it raises `Cancelled` once the job has been dropped."""

    def __init__(self, thread: LatestJob, work: Work) -> None:
        self._thread = thread
        self.work = work
        self.dropped = False

    def __call__(self, result: Any) -> None:
        """Hand a result over to the GUI's thread."""
        if self.dropped:
            raise Cancelled("Dropped.")
        self._thread.hand_over(self, result)

    @property
    def superseded(self) -> bool:
        """Whether a later job is waiting for this one to end."""
        return self._thread.waiting


class LatestJob(QObject):
    """Runs jobs in a thread and never two at once; a new job takes the place of a waiting one.

    Signals arrive in the GUI's thread. The object has no parent, so that a job that outlives its
    widget still finds it.
    """

    delivered = Signal(object)
    failed = Signal(object)
    arrived = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._waiting: Work | None = None
        self._current: Report | None = None
        self._runs = False
        self._stopped = False
        self._results: queue.SimpleQueue[tuple[Report, Any]] = queue.SimpleQueue()
        self.arrived.connect(self._deliver)

    @property
    def busy(self) -> bool:
        """Whether a job runs, dropped or not, or has reported what isn't delivered yet."""
        return self._runs or not self._results.empty()

    @property
    def waiting(self) -> bool:
        """Whether a job waits."""
        return self._waiting is not None

    def submit(self, work: Work, patience: float = 0.0) -> None:
        """Run a job as soon as the present one has ended.

        Parameters
        ----------
        work
            The job.
        patience
            Returns at once; or, with patience, once the job's first result has been delivered, but
            after so many seconds at most. What a slider shows and what follows it are then drawn
            together: composing napari's window twice takes longer than waiting.
        """
        with self._lock:
            if self._stopped:
                return
            self._waiting = work
            starts, self._runs = not self._runs, True
        if starts:
            threading.Thread(target=self._run, name="cellbench-job", daemon=True).start()
        end = time.monotonic() + patience
        while (left := end - time.monotonic()) > 0:
            try:
                report, result = self._results.get(timeout=left)
            except queue.Empty:
                return
            self._pass_on(report, result)
            if report.work is work:
                return

    def drop(self) -> None:
        """Forget the job that waits, and what the present one is still going to report."""
        with self._lock:
            self._waiting = None
            if self._current is not None:
                self._current.dropped = True

    def stop(self, *_: object) -> None:
        """Drop everything and take no more jobs."""
        self._stopped = True
        self.drop()

    def hand_over(self, report: Report, result: Any) -> None:
        """Deliver a job's result in the GUI's thread."""
        self._results.put((report, result))
        # Qt itself may be gone when the program ends.
        with contextlib.suppress(RuntimeError):
            self.arrived.emit()

    def _run(self) -> None:
        while report := self._next():
            try:
                report.work(report)
            except Cancelled:
                pass
            except Exception as error:
                # A result like others: raised in the thread, napari would show it a second time.
                self.hand_over(report, error)

    def _next(self) -> Report | None:
        with self._lock:
            work, self._waiting = self._waiting, None
            self._current = None if work is None else Report(self, work)
            self._runs = self._current is not None
            return self._current

    def _deliver(self) -> None:
        while not self._results.empty():
            self._pass_on(*self._results.get())

    def _pass_on(self, report: Report, result: Any) -> None:
        if report.dropped:
            return
        (self.failed if isinstance(result, Exception) else self.delivered).emit(result)
