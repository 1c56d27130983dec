"""One entry on all planes: from the cache where it is there, else in a worker."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..data.source import Source
from ..engine import Engine, Progress, Request, Segmentation, segment
from ..errors import InputError
from .cache import ResultCache
from .status import Outcome
from .task import Task


@dataclass(frozen=True, eq=False)
class Image:
    """What is segmented.

    Attributes
    ----------
    planes
        In order.
    digests
        Of `keys.image_digest`, one for each plane.
    name
        For the record.
    """

    planes: Sequence[Source]
    digests: Sequence[str]
    name: str

    @property
    def pixels(self) -> int:
        """Of the largest plane."""
        return max((y * x for y, x in (plane.shape for plane in self.planes)), default=0)


def cached_plane(cache: ResultCache, task: Task, image: Image, number: int) -> Segmentation | None:
    """Return what an earlier run found in a plane; None if there is nothing."""
    key = task.key(image.digests[number])
    found = cache.get(key) if key is not None else None
    return None if found is None else task.adopt(found, image.name)


def cached_outcome(cache: ResultCache, task: Task, image: Image) -> Outcome | None:
    """Return the outcome of an entry if no plane has to be run for it, else None."""
    found = []
    for number in range(len(image.planes)):
        plane = cached_plane(cache, task, image, number)
        if plane is None:
            return None
        found.append(plane)
    return outcome_of(found, cached=True)


def run_task(
    task: Task,
    image: Image,
    engine: Engine,
    cache: ResultCache,
    progress: Callable[[float, str], None],
    cancel: threading.Event,
) -> tuple[Outcome, str]:
    """Run an entry on all planes that the cache doesn't have, and store each as soon as it is done.

    Parameters
    ----------
    task, image
        What to run, and on what.
    engine
        Where to run.
    cache
        Of results.
    progress
        Called with the fraction done and what is going on.
    cancel
        Set by another thread to stop; the planes until then are in the cache.

    Returns
    -------
    Outcome
    str
        Why results could not be kept; empty if they were.

    Raises
    ------
    Cancelled, InputError, CheckpointError, EngineError
        See `engine.segmentation`.
    """
    total, reason = len(image.planes), ""
    found: list[Segmentation] = []
    is_cached = True
    for number, (source, digest) in enumerate(zip(image.planes, image.digests, strict=True)):
        plane = cached_plane(cache, task, image, number)
        if plane is None:
            is_cached = False

            def report(news: Progress, number: int = number) -> None:
                text = f"plane {number + 1} of {total}: " if total > 1 else ""
                progress((number + news.fraction) / total, text + news.message)

            request = Request(source, task.roles, task.setup, image.name)
            plane = segment(engine, request, report, cancel)
            try:
                cache.put(task.key_of(digest, plane), plane)
            except InputError as error:
                reason = str(error)
        found.append(plane)
    return outcome_of(found, is_cached), reason


def outcome_of(planes: Sequence[Segmentation], cached: bool) -> Outcome:
    """Sum up the planes by what their records say."""
    records = [plane.provenance for plane in planes]
    sizes, gpu_sizes = (
        [record[name] for record in records if record[name] is not None]
        for name in ("peak_memory", "peak_gpu_memory")
    )
    return Outcome(
        tuple(planes),
        sum(record["seconds"] for record in records),
        max(sizes, default=None),
        max(gpu_sizes, default=None),
        cached,
    )
