"""One job: an image, and a method that is run on it and scored."""

from __future__ import annotations

import io
import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..data import Sample, Target
from ..data.roles import with_channels
from ..data.source import Source
from ..data.writers.coco import write as write_coco
from ..engine import Engine, Entry, Request, Segmentation, Setup, segment
from ..errors import Cancelled, InputError, sentence
from .data_sets import open_images
from .scored import figures_and_cells
from .tables import KEY, Record
from .tasks import TASKS

GIB = 2**30


@dataclass(frozen=True)
class Job:
    """What is to be run and scored; whoever has it can do so.

    Attributes
    ----------
    data_set, path, group_by, truth_by
        The data set's name, and what `data_sets.open_images` takes.
    index, image
        Which of its images, and its name.
    group
        The image's, where it isn't the data set that tells it.
    task, target
        Channels that the method sees, None for all; and what is scored.
    method, checkpoint
        Their keys, or a file.
    device
        "auto", "cpu", "cuda", "cuda:1", "mps".
    limit
        Seconds that it may take.
    """

    data_set: str
    path: Path
    group_by: str | None
    truth_by: str | None
    index: int
    image: str
    group: str | None
    task: str | None
    target: Target
    method: str
    checkpoint: str | None
    device: str = "auto"
    limit: float = math.inf

    @property
    def key(self) -> tuple[str | None, ...]:
        """What names it."""
        return tuple(getattr(self, name) for name in KEY)

    @property
    def model(self) -> tuple[str | None, ...]:
        """What a process holds that runs it."""
        return self.method, self.checkpoint, self.device

    def read(self) -> Sample:
        """Read the image, as the method shall see it.

        Raises
        ------
        InputError
            If it can't be read, or lacks channels or truth.
        """
        images = open_images(self.path, self.group_by, self.truth_by)
        if images.names[self.index : self.index + 1] != (self.image,):
            # A worker lives longer than an evaluation, and images may have come since.
            open_images.cache_clear()
            images = open_images(self.path, self.group_by, self.truth_by)
        if images.names[self.index : self.index + 1] != (self.image,):
            raise InputError(f"{self.path} changed: {self.image} isn't where it was. Start again.")
        sample = images.read(self.index)
        if self.task is not None:
            sample = with_channels(sample, TASKS[self.task].channels)
        if self.target not in sample.truth:
            raise InputError(f"{sample.name} has no truth of {self.target.replace('_', ' ')}.")
        return sample


@dataclass(frozen=True)
class Done:
    """What came of a job.

    Attributes
    ----------
    job
        Which.
    record
        For the tables.
    prediction
        Content of the COCO file; None where it failed.
    is_late
        Whether it took too long.
    """

    job: Job
    record: Record
    prediction: bytes | None = None
    is_late: bool = False


def predict(job: Job, sample: Sample, engine: Engine, stop: threading.Event) -> Segmentation:
    """Run the method of a job.

    Parameters
    ----------
    job, sample
        What to run, on what `Job.read` gave.
    engine
        Where.
    stop
        Set to stop; set here when the time of the job is up.

    Raises
    ------
    TimeoutError
        If it took longer than it may.
    CellbenchError
        See `Engine.run`.
    """
    is_late = threading.Event()

    def end() -> None:
        is_late.set()
        stop.set()

    timer = threading.Timer(min(job.limit, threading.TIMEOUT_MAX), end)
    timer.daemon = True
    timer.start()
    setup = _setup(job)
    source = Source.of(sample.image)
    request = Request(source, sample.roles, setup, sample.name, sample.kind, sample.notes)
    try:
        return segment(engine, request, cancel=stop)
    except Cancelled:
        if is_late.is_set():
            raise TimeoutError(
                f"It took longer than the {job.limit:g} seconds that --time-limit allows."
            ) from None
        raise
    finally:
        timer.cancel()


def scored(job: Job, sample: Sample, found: Segmentation) -> Done:
    """Score what a method found."""
    truth = sample.truth[job.target]
    figures, cells = figures_and_cells(truth, found.instances, sample.crowds)
    how = found.provenance
    about = {
        "state": "done",
        **figures,
        "seconds": how["seconds"],
        "GiB": _gib(how["peak_memory"]),
        "gpu_GiB": _gib(how["peak_gpu_memory"]),
        "device": how["device"],
    }
    group = _group(job, sample.group)
    row = {**dict(zip(KEY, job.key, strict=True)), "group": group, **about}
    content = io.BytesIO()
    write_coco(content, found.instances, {**how, "data_set": job.data_set, "group": group})
    return Done(job, {"image": row, "cells": cells}, content.getvalue())


def failed(job: Job, error: BaseException, group: str | None = None) -> Done:
    """Say that a job failed, and why.

    Parameters
    ----------
    job, error
        Which, and what it raised.
    group
        Of the image, where that could be read.
    """
    said = str(error) if isinstance(error, TimeoutError) else sentence(error)
    row = {**dict(zip(KEY, job.key, strict=True)), "state": "failed", "error": said}
    row["group"] = _group(job, group)
    return Done(job, {"image": row}, is_late=isinstance(error, TimeoutError))


@lru_cache(maxsize=64)
def _setup_of(method: str, checkpoint: str | None, device: str) -> Setup:
    # Checkpoints are named, so that nothing depends on the image.
    return Setup.of(Entry(method, checkpoint, {}, device), ())


def _setup(job: Job) -> Setup:
    return _setup_of(job.method, job.checkpoint, job.device)


def _group(job: Job, own: str | None) -> str | None:
    return (own if job.group is None else job.group) or None


def _gib(size: Any) -> float | None:
    return None if size is None else round(size / GIB, 4)


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row without what is null, for one line of JSON."""
    return {name: value for name, value in row.items() if value is not None}
