"""Running jobs on this computer: read ahead, predict in worker processes, score beside."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from queue import SimpleQueue

from ..data import Sample
from ..engine import Engine
from ..errors import Cancelled
from .jobs import Done, Job, failed, predict, scored

AHEAD = 2
"""Images that are read before their turn, or scored after it."""
POLL = 0.5
"""Seconds between two looks at whether the user stopped it; Windows doesn't interrupt a wait."""


class Hand:
    """An engine, and the model that its process holds."""

    def __init__(self) -> None:
        self.engine = Engine()
        self._model: tuple[str | None, ...] | None = None

    def turn_to(self, job: Job) -> Engine:
        """Return the engine; a process that holds another model ends, for the sake of memory."""
        if self._model != job.model:
            self.engine.release()
            self._model = job.model
        return self.engine


def run_here(jobs: Sequence[Job], workers: int = 1) -> Iterator[Done]:
    """Run jobs, as many at once as there are workers.

    Parameters
    ----------
    jobs
        In an order in which neighbours have the same model.
    workers
        Processes that hold a model.

    Yields
    ------
    Done
        As they end; whatever an image does, the others go on.
    """
    hands = [Hand() for _ in range(workers)]
    free: SimpleQueue[Hand] = SimpleQueue()
    for hand in hands:
        free.put(hand)
    stop = _Stops()
    # One reads, since files are read in their order.
    reading, running = ThreadPoolExecutor(1), ThreadPoolExecutor(workers + 1)
    under_way: set[Future[Done]] = set()
    further = iter(jobs)
    try:
        while True:
            while len(under_way) < workers + AHEAD and (job := next(further, None)) is not None:
                read = reading.submit(job.read)
                under_way.add(running.submit(_run, job, read, free, stop))
            if not under_way:
                return
            ended, under_way = wait(under_way, POLL, FIRST_COMPLETED)
            for future in ended:
                yield future.result()
    finally:
        stop.all()
        for hand in hands:
            hand.engine.close()
        reading.shutdown(cancel_futures=True)
        running.shutdown(cancel_futures=True)


class _Stops:
    """What stops each job that is under way."""

    def __init__(self) -> None:
        self._events: set[threading.Event] = set()
        self._is_set = False

    def new(self) -> threading.Event:
        event = threading.Event()
        self._events.add(event)
        if self._is_set:
            event.set()
        return event

    def gone(self, event: threading.Event) -> None:
        self._events.discard(event)

    def all(self) -> None:
        self._is_set = True
        for event in tuple(self._events):
            event.set()


def _run(job: Job, read: Future[Sample], free: SimpleQueue[Hand], stops: _Stops) -> Done:
    group = None
    stop = stops.new()
    try:
        sample = read.result()
        group = sample.group
        hand = free.get()
        try:
            found = predict(job, sample, hand.turn_to(job), stop)
        finally:
            free.put(hand)
        return scored(job, sample, found)
    except Cancelled:
        raise
    except Exception as error:
        return failed(job, error, group)
    finally:
        stops.gone(stop)
