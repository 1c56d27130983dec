"""A thread for what follows a slider: one job at a time, and only the latest of those that wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from napari.qt.threading import create_worker
from qtpy.QtCore import QObject, Signal

from ...errors import Cancelled

Work = Callable[["Report"], None]


class Report:
    """What a job reports with; calling it raises `Cancelled` once the job has been dropped."""

    def __init__(self, thread: LatestJob) -> None:
        self._thread = thread
        self.dropped = False

    def __call__(self, result: Any) -> None:
        """Hand a result over to the GUI's thread."""
        if self.dropped:
            raise Cancelled("Dropped.")
        self._thread.arrived.emit(self, result)

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
    arrived = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self._waiting: Work | None = None
        self._current: Report | None = None
        self._stopped = False
        self.arrived.connect(self._deliver)

    @property
    def busy(self) -> bool:
        """Whether a job runs, dropped or not."""
        return self._current is not None

    @property
    def waiting(self) -> bool:
        """Whether a job waits."""
        return self._waiting is not None

    def submit(self, work: Work) -> None:
        """Run a job as soon as the present one has ended; returns at once."""
        if self._stopped:
            return
        self._waiting = work
        if not self.busy:
            self._start()

    def drop(self) -> None:
        """Forget the job that waits, and what the present one is still going to report."""
        self._waiting = None
        if self._current is not None:
            self._current.dropped = True

    def stop(self, *_: object) -> None:
        """Drop everything and take no more jobs."""
        self._stopped = True
        self.drop()

    def _start(self) -> None:
        work, self._waiting = self._waiting, None
        self._current = report = Report(self)
        worker = create_worker(self._run, work, report, _start_thread=False)
        worker.finished.connect(self._end)
        worker.start()

    def _run(self, work: Work, report: Report) -> None:
        try:
            work(report)
        except Cancelled:
            pass
        except Exception as error:
            # Reported as a result: raised in the thread, napari would show it a second time.
            if not report.dropped:
                self.arrived.emit(report, error)

    def _deliver(self, report: Report, result: Any) -> None:
        if report.dropped:
            return
        (self.failed if isinstance(result, Exception) else self.delivered).emit(result)

    def _end(self) -> None:
        self._current = None
        if self._waiting is not None:
            self._start()
