"""Runs entries in worker processes, one after another or several at once."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Iterable, Sequence

from ..data import Role
from ..data.source import Source
from ..engine import Entry
from ..errors import EngineError
from .cache import ResultCache
from .planning import Peaks
from .queue_run import QueueRun
from .status import Status
from .workers import Worker

WORKERS = 1
"""Workers that a queue has if nobody says otherwise.

A method computes on all processors by itself. Measured on two busy processors, two workers took 17
to 34 % less time for seven entries (StarDist twice, watershed five times, 1024 x 1024 pixels); but
the seconds of watershed, by which a person compares methods, were 1.3 to 3 times those of running
alone.
"""
PATIENCE = 5.0
"""Seconds that `Queue.release` waits for a run to end whose workers have been ended."""


def _ignore(index: int, status: Status) -> None:
    """Take news that nobody asked for."""


class Queue:
    """Runs entries on an image; a failure of one never stops the others.

    Results that the cache has are taken from there and start no process. The others are run in
    worker processes, which are kept for the next run of the same model until they have been idle
    for five minutes; entries of the same model are run one after another, so that it is loaded
    once. A worker that failed is replaced.

    Parameters
    ----------
    cache
        Of results; None for the user's.
    workers
        Most entries that run at once, up to the number of processors; None for `WORKERS`. Beside a
        first one another is started only if the memory that both were measured to need is free; see
        `planning.may_start`.
    """

    def __init__(self, cache: ResultCache | None = None, workers: int | None = None) -> None:
        self._cache = ResultCache() if cache is None else cache
        self._peaks = Peaks(self._cache.folder)
        count = min(workers or WORKERS, os.cpu_count() or 1)
        self._workers = [Worker() for _ in range(count)]
        self._lock = threading.Lock()
        self._current: QueueRun | None = None
        self._idle = threading.Event()
        self._idle.set()
        # Also when the interpreter ends in the middle of a run.
        weakref.finalize(self, _end, self._workers)

    def run(
        self,
        planes: Sequence[Source],
        roles: Sequence[Role],
        entries: Sequence[Entry],
        image: str = "",
        changed: Callable[[int, Status], None] = _ignore,
        cancel: threading.Event | None = None,
    ) -> list[Status]:
        """Run entries on all planes of an image; blocks.

        Parameters
        ----------
        planes
            One for each result plane, such as the time points of a series.
        roles
            What each channel shows.
        entries
            Run in about this order: those that need the model that a worker holds come first.
        image
            Name of the image, for the record.
        changed
            Called with the index of an entry and news of it, from several threads; it must not wait
            for the thread that calls `release`.
        cancel
            Set by another thread to stop all within about a second.

        Returns
        -------
        list of Status
            The last of each entry: done, failed or cancelled.

        Raises
        ------
        EngineError
            If a run is under way already.
        """
        run = QueueRun(self._cache, self._peaks, self._workers, changed, cancel)
        with self._lock:
            if self._current is not None:
                raise EngineError("The queue is running: wait for it or cancel it.")
            self._current = run
            self._idle.clear()
        try:
            return run.run(planes, tuple(roles), entries, image)
        finally:
            self._current = None
            self._idle.set()

    def cancel_entry(self, index: int) -> None:
        """Stop one entry of the run under way, if it is not done yet; the others go on."""
        run = self._current
        if run is not None:
            run.cancel_entry(index)

    def release(self) -> None:
        """Stop everything and end the processes, whose memory is free after this.

        A later run starts new ones.
        """
        run = self._current
        if run is not None:
            run.stop()
            _end(self._workers)
            self._idle.wait(PATIENCE)
        _end(self._workers)


def _end(workers: Iterable[Worker]) -> None:
    for worker in workers:
        worker.end()
