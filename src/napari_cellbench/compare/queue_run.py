"""One run of the queue: who is next, where, and what came of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import cache, partial

import psutil

from ..data import Role
from ..data.source import Source
from ..engine import Entry
from ..engine.environments.requirements import versions_of
from ..engine.waiting import wait_for
from ..errors import Cancelled, CellbenchError, EngineError, sentence
from .cache import ResultCache
from .keys import image_digest
from .planning import Need, Peaks, Running, may_start
from .running import Image, cached_outcome, run_task
from .status import Outcome, State, Status
from .task import Task, task_of
from .workers import Worker

POLL = 0.05
"""Seconds between two looks at whether the user cancelled, or memory is free now."""
FRAME = 1 / 30
"""Progress of an entry is told at most so often, in seconds."""


class QueueRun:
    """The state of one `Queue.run`; see there for the parameters."""

    def __init__(
        self,
        results: ResultCache,
        peaks: Peaks,
        workers: Sequence[Worker],
        changed: Callable[[int, Status], None],
        cancel: threading.Event | None,
    ) -> None:
        self._results, self._peaks = results, peaks
        self._idle_workers = list(workers)
        self._changed = changed
        self._cancel = cancel or threading.Event()
        self._stop = threading.Event()
        self._news = threading.Event()
        self._statuses: list[Status] = []
        self._cancels: list[threading.Event] = []
        self._waiting: dict[int, Task] = {}
        self._running: dict[int, tuple[Worker, Need | None]] = {}

    def run(
        self, planes: Sequence[Source], roles: tuple[Role, ...], entries: Sequence[Entry], name: str
    ) -> list[Status]:
        """Run the entries; return the last status of each."""
        self._cancels = [threading.Event() for _ in entries]
        self._statuses = [Status(State.WAITING) for _ in entries]
        for index, status in enumerate(self._statuses):
            self._changed(index, status)
        try:
            self._look_up(entries, roles)
            image = self._read(planes, name)
            if image is not None:
                self._take_cached(image)
                self._run_rest(image)
        except BaseException:
            # Such as a Ctrl-C: what runs in other threads must not go on.
            self.stop()
            for worker, _ in list(self._running.values()):
                worker.end()
            raise
        return self._statuses

    def cancel_entry(self, index: int) -> None:
        """Stop one entry."""
        if index < len(self._cancels):
            self._cancels[index].set()
            self._news.set()

    def stop(self) -> None:
        """Stop all entries, as `cancel` does."""
        self._stop.set()
        for event in self._cancels:
            event.set()
        self._news.set()

    def _look_up(self, entries: Sequence[Entry], roles: tuple[Role, ...]) -> None:
        """Find out what each entry means; those that mean nothing have failed."""
        # Another environment is asked once, not for each entry.
        ask_versions = cache(partial(versions_of, tick=self._check))
        for index, entry in enumerate(entries):
            try:
                self._waiting[index] = task_of(entry, roles, ask_versions)
            except Exception as error:
                self._tell(index, _failure(error))

    def _read(self, planes: Sequence[Source], name: str) -> Image | None:
        """Read the image once, to know whether it was segmented before; None if that fails."""
        try:
            digests = wait_for(
                lambda: [image_digest(plane, self._check) for plane in planes], _Stop(self)
            )
        except Exception as error:
            status = _failure(error, "The image can't be read")
            for index in list(self._waiting):
                del self._waiting[index]
                self._tell(index, status)
            return None
        return Image(planes, digests, name)

    def _check(self) -> None:
        if self._is_stopped():
            raise Cancelled("Stopped.")

    def _is_stopped(self) -> bool:
        # A program that ends waits for its threads, so that this one must not begin anything more.
        return (
            self._stop.is_set() or self._cancel.is_set() or not threading.main_thread().is_alive()
        )

    def _take_cached(self, image: Image) -> None:
        for index, task in list(self._waiting.items()):
            if self._is_stopped():
                return
            outcome = cached_outcome(self._results, task, image)
            if outcome is not None:
                del self._waiting[index]
                self._tell(index, _done(outcome))

    def _run_rest(self, image: Image) -> None:
        while self._waiting or self._running:
            self._news.clear()
            if self._is_stopped() and not self._stop.is_set():
                self.stop()
            self._drop_cancelled()
            self._start_what_fits(image)
            if self._running:
                self._news.wait(POLL)

    def _drop_cancelled(self) -> None:
        for index in [i for i in self._waiting if self._cancels[i].is_set()]:
            del self._waiting[index]
            self._tell(index, Status(State.CANCELLED, message="Stopped."))

    def _start_what_fits(self, image: Image) -> None:
        while self._waiting and self._idle_workers:
            index, worker = self._next()
            task = self._waiting[index]
            need = self._peaks.need(task.memory_key, image.pixels)
            beside = list(self._running.values())
            running = [Running(known, other.resident) for other, known in beside]
            if not may_start(need, running, psutil.virtual_memory().available):
                return
            del self._waiting[index]
            self._idle_workers.remove(worker)
            self._running[index] = worker, need
            # A daemon, like all that waits for a worker: it must not keep the interpreter from
            # ending.
            threading.Thread(
                target=self._work,
                args=(index, task, worker, image),
                name="cellbench-entry",
                daemon=True,
            ).start()

    def _next(self) -> tuple[int, Worker]:
        """Return an entry whose model a worker holds; else the first, in a worker without use."""
        for index, task in self._waiting.items():
            for worker in self._idle_workers:
                if worker.model == task.model:
                    return index, worker
        unused = [worker for worker in self._idle_workers if worker.model is None]
        return next(iter(self._waiting)), (unused or self._idle_workers)[0]

    def _work(self, index: int, task: Task, worker: Worker, image: Image) -> None:
        """Run an entry in a thread of its own."""
        try:
            self._tell(index, self._outcome(index, task, worker, image))
        finally:
            self._idle_workers.append(worker)
            del self._running[index]
            self._news.set()

    def _outcome(self, index: int, task: Task, worker: Worker, image: Image) -> Status:
        told = 0.0

        def progress(fraction: float, message: str) -> None:
            nonlocal told
            now = time.monotonic()
            if now - told >= FRAME:
                told = now
                self._tell(index, Status(State.RUNNING, fraction, message))

        self._tell(index, Status(State.RUNNING))
        cancel = self._cancels[index]
        try:
            worker.turn_to(task)
            outcome, reason = run_task(task, image, worker.engine, self._results, progress, cancel)
        except Exception as error:
            if isinstance(error, EngineError | MemoryError):
                worker.end()
            # A worker that was ended because of that seems to have crashed.
            return _failure(Cancelled("Stopped.") if cancel.is_set() else error)
        self._remember(task, outcome, image)
        return _done(outcome, reason)

    def _remember(self, task: Task, outcome: Outcome, image: Image) -> None:
        if outcome.peak_memory is not None and not outcome.cached:
            need = Need(outcome.peak_memory, outcome.peak_gpu_memory)
            self._peaks.note(task.memory_key, image.pixels, need)

    def _tell(self, index: int, status: Status) -> None:
        self._statuses[index] = status
        self._changed(index, status)


class _Stop:
    """Whether a run is to stop, for `wait_for`."""

    def __init__(self, run: QueueRun) -> None:
        self._run = run

    def is_set(self) -> bool:
        return self._run._is_stopped()


def _done(outcome: Outcome, message: str = "") -> Status:
    return Status(State.DONE, 1.0, message, outcome)


def _failure(error: Exception, what: str = "It failed") -> Status:
    if isinstance(error, Cancelled):
        return Status(State.CANCELLED, message=str(error))
    known = isinstance(error, CellbenchError | MemoryError)
    return Status(State.FAILED, message=sentence(error, "" if known else what))
