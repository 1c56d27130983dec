"""What runs on a worker of Dask: a job, in an engine of the worker's own."""

from __future__ import annotations

import threading
from functools import cache

from .. import __version__
from .jobs import Done, Job, failed, predict, scored
from .local import Hand


def version() -> str:
    """Return this package's version on the worker."""
    return __version__


def run_there(job: Job) -> tuple[str, Done]:
    """Run a job where the images are.

    Returns
    -------
    address, done
        Of the worker, and what came of the job.
    """
    from distributed import get_worker

    group = None
    try:
        sample = job.read()
        group = sample.group
        engine = _hand(threading.get_ident()).turn_to(job)
        done = scored(job, sample, predict(job, sample, engine, threading.Event()))
    except Exception as error:
        done = failed(job, error, group)
    return get_worker().address, done


@cache
def _hand(thread: int) -> Hand:
    """Return the hand of a thread of the worker, which ends with its process or when idle."""
    return Hand()
