"""Running jobs on Dask: on a scheduler that is there, or on workers that a batch system starts.

Dask hands jobs out and gives those of a worker that died to another. What is added here is a limit
of time for each job, by this computer's clock alone: one that is not answered is taken from its
worker and given to others, and what its worker may answer later counts no more.
"""

from __future__ import annotations

import queue
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import EngineError, InputError, NotInstalled
from .configuration import start_cluster
from .jobs import Done, Job, failed
from .there import run_there, version

AHEAD = 2
"""Jobs that are handed out for each that can run at once."""
TRIES = 3
"""Times that a job is run at most, if it isn't answered in time."""
GRACE = 60.0
"""Seconds beyond the limits of the jobs before it, after which a worker doesn't answer any more."""
POLL = 1.0
"""Seconds between two looks at the time and at the scheduler."""
WAIT = 600.0
"""Seconds to wait for a first worker: batch systems have queues."""
GONE = 30.0
"""Seconds after which a scheduler that doesn't answer is gone."""
CONNECT = 10.0
"""Seconds to wait for the answer of one that was named."""
GPU = "GPU"
"""Resource that workers name who have one; each runs as many jobs at once as it has."""


@dataclass(eq=False)
class _Sent:
    """A job that was handed out."""

    job: Job
    since: float
    tries: int = 1
    without: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Cluster:
    """Dask's workers.

    Attributes
    ----------
    address
        Of a scheduler; None to start one.
    file
        How to start it; see `configuration`.
    tell
        Takes sentences for the person.
    grace, wait, gone
        See `GRACE`, `WAIT` and `GONE`.
    """

    address: str | None
    file: Path | None = None
    tell: Callable[[str], None] = print
    grace: float = GRACE
    wait: float = WAIT
    gone: float = GONE

    def run(self, jobs: Sequence[Job]) -> Iterator[Done]:
        """Run jobs, each once; see `local.run_here`.

        Raises
        ------
        NotInstalled
            If Dask's scheduler isn't installed.
        InputError
            If there is no scheduler, no worker, or one of another version.
        EngineError
            If the scheduler is gone.
        """
        try:
            from distributed import Client
        except ImportError as error:
            raise NotInstalled(
                'Clusters need more packages: pip install "napari-cellbench[cluster]"'
            ) from error
        if not jobs:
            return
        with ExitStack() as stack:
            where: Any = self.address
            if self.file is not None:
                where = stack.enter_context(start_cluster(self.file))
            try:
                client = stack.enter_context(Client(where, timeout=CONNECT, set_as_default=False))
            except (OSError, TimeoutError, ValueError) as error:
                raise InputError(
                    f"No scheduler answers at {self.address}: start one by `dask scheduler`, or "
                    "check the address."
                ) from error
            self._check(client)
            yield from _Running(client, self.grace, self.gone).all(jobs)

    def _check(self, client: Any) -> None:
        """See to it that there are workers, and that they have this version."""
        if not _workers(client):
            self.tell("Waiting for workers.")
        try:
            client.wait_for_workers(1, timeout=self.wait)
        except TimeoutError as error:
            raise InputError(
                f"No worker came within {self.wait:g} seconds: start some by `dask worker "
                f"{client.scheduler.address}`, or look into the batch system's queue."
            ) from error
        for worker, found in client.run(version, on_error="return").items():
            if found != __version__:
                reason = (
                    f"{type(found).__name__}: {found}" if isinstance(found, Exception) else found
                )
                raise InputError(
                    f"The worker {worker} needs napari-cellbench {__version__}, and has: {reason}. "
                    "Install it there."
                )


class _Running:
    """Jobs that are handed out."""

    def __init__(self, client: Any, grace: float, gone: float) -> None:
        self._client, self._grace, self._gone = client, grace, gone
        self._run = uuid.uuid4().hex[:8]
        self._count = 0
        self._sent: dict[Any, _Sent] = {}
        self._silent: set[str] = set()
        self._answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._heard = time.monotonic()

    def all(self, jobs: Sequence[Job]) -> Iterator[Done]:
        further = iter(jobs)
        try:
            while True:
                room = AHEAD * max(1, self._slots()) - len(self._sent)
                for _ in range(room):
                    if (job := next(further, None)) is None:
                        break
                    self._send(_Sent(job, time.monotonic()))
                if not self._sent:
                    return
                with suppress(queue.Empty):
                    yield from self._answered(self._answers.get(timeout=POLL))
                self._check_scheduler()
                yield from self._overdue()
        finally:
            with suppress(Exception):
                self._client.cancel(list(self._sent), force=True)

    def _send(self, sent: _Sent) -> None:
        without = sent.without | self._silent
        workers = [address for address in _workers(self._client) if address not in without]
        self._count += 1
        future = self._client.submit(
            run_there,
            sent.job,
            key=f"cellbench-{self._run}-{self._count}",
            pure=False,
            resources={GPU: 1} if self._has_gpus() else None,
            workers=workers if without and workers else None,
        )
        self._sent[future] = sent
        future.add_done_callback(self._answers.put)

    def _answered(self, future: Any) -> Iterator[Done]:
        # What was taken from its worker, and comes after all, is in hand elsewhere.
        sent = self._sent.pop(future, None)
        if sent is None:
            return
        if future.status == "finished":
            try:
                worker, done = future.result(timeout=self._gone)
            except Exception as error:
                # Its worker ended before it was fetched.
                self._again(sent, None, error)
                return
            if done.is_late and sent.tries < TRIES and self._others(sent, worker):
                self._again(sent, worker)
                return
            yield done
        elif future.status == "error":
            yield failed(sent.job, _reason(future.exception(timeout=self._gone)))
        else:
            # The connection was lost, which `_check_scheduler` tells.
            self._sent[future] = sent
            self._check_scheduler(is_lost=True)

    def _overdue(self) -> Iterator[Done]:
        """Take from their workers what should have been answered long ago."""
        now = time.monotonic()
        late = {
            future: sent
            for future, sent in self._sent.items()
            if now - sent.since > AHEAD * sent.job.limit + self._grace
        }
        if not late:
            return
        where = {key: worker for worker, keys in self._client.processing().items() for key in keys}
        for future, sent in late.items():
            worker = where.get(future.key)
            if worker is None:
                # It waits for a worker, which may take any time.
                sent.since = now
                continue
            del self._sent[future]
            self._client.cancel([future], force=True)
            # It gets nothing any more, unless there is no other.
            self._silent.add(worker)
            if sent.tries < TRIES and self._others(sent, worker):
                self._again(sent, worker)
            else:
                text = f"The worker {worker} didn't answer within {now - sent.since:.0f} seconds."
                yield failed(sent.job, TimeoutError(text))

    def _again(self, sent: _Sent, worker: str | None, error: Exception | None = None) -> None:
        without = sent.without | ({worker} if worker else set())
        self._send(_Sent(sent.job, time.monotonic(), sent.tries + 1, without))

    def _others(self, sent: _Sent, worker: str) -> set[str]:
        return set(_workers(self._client)) - sent.without - {worker}

    def _slots(self) -> int:
        known = _workers(self._client).values()
        if self._has_gpus():
            return sum(int(worker.get("resources", {}).get(GPU, 0)) for worker in known)
        return sum(int(worker["nthreads"]) for worker in known)

    def _has_gpus(self) -> bool:
        return any(
            worker.get("resources", {}).get(GPU) for worker in _workers(self._client).values()
        )

    def _check_scheduler(self, *, is_lost: bool = False) -> None:
        now = time.monotonic()
        if self._client.status == "running" and not is_lost:
            self._heard = now
        if is_lost or now - self._heard > self._gone or self._client.status == "closed":
            raise EngineError(
                "The scheduler is gone. What is done is kept: start it again, and the same command "
                "goes on with the rest."
            )


def _workers(client: Any) -> dict[str, Any]:
    """Return what the scheduler last said of its workers; nothing where it doesn't answer."""
    try:
        known: dict[str, Any] = client.scheduler_info(n_workers=-1)["workers"]
    except (OSError, KeyError, ValueError, TimeoutError):
        return {}
    return known


def _reason(error: BaseException) -> BaseException:
    if type(error).__name__ == "KilledWorker":
        return EngineError("Each worker that ran it was killed: is the memory too small for it?")
    return error
