"""Runs every method on every degraded image."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data import Instances, Role
from ..data.degradations import CLEAN, degrade
from ..data.resampling import resize_objects
from ..data.sizes import median_diameter
from ..data.source import Source, whole
from ..engine import Entry, Progress
from ..engine.waiting import wait_for
from ..errors import Cancelled, InputError
from ..scoring import Score
from .naming import titles_of
from .queue import Queue
from .robustness import CLEAN_KIND, OWN_RESULT, Measurement, Robustness, title_of_kind
from .status import State, Status
from .tabulate import Truth


@dataclass(frozen=True, eq=False)
class Subject:
    """What is degraded.

    Attributes
    ----------
    source
        One plane.
    roles
        What its channels show.
    truth
        Of this plane; None to score each entry against its own result on the clean image.
    name
        Of the image, for the record.
    """

    source: Source
    roles: tuple[Role, ...]
    truth: Truth | None = None
    name: str = ""


def _ignore(news: Any) -> None:
    """Take news that nobody asked for."""


class RobustnessRun:
    """Runs entries on degraded images, and goes on after failures.

    Parameters
    ----------
    queue
        Runs the methods; results that it has kept are not computed again.
    subject
        The image.
    entries
        The methods.
    levels
        Levels by degradation; see `napari_cellbench.data.degradations.DEGRADATIONS`.
    seed
        Of the noise.
    progress, measured
        Called from the thread of `run` or of a worker, with a `Progress` and with the `Robustness`
        so far.

    Raises
    ------
    InputError
        If there is no entry.
    """

    def __init__(
        self,
        queue: Queue,
        subject: Subject,
        entries: Sequence[Entry],
        levels: Mapping[str, Sequence[float]],
        *,
        seed: int = 0,
        progress: Callable[[Progress], None] = _ignore,
        measured: Callable[[Robustness], None] = _ignore,
    ) -> None:
        if not entries:
            raise InputError("Choose at least one method.")
        self._queue, self._subject, self._entries = queue, subject, list(entries)
        self._seed, self._progress, self._measured = seed, progress, measured
        self._cancel = threading.Event()
        truth = subject.truth
        self._result = Robustness(
            tuple(titles_of(self._entries)),
            {kind: tuple(dict.fromkeys(chosen)) for kind, chosen in levels.items() if chosen},
            truth.name if truth is not None else OWN_RESULT,
            median_diameter(truth.planes[0]) if truth is not None else None,
        )
        self._references: dict[int, Instances] = {}

    def run(self, cancel: threading.Event | None = None) -> Robustness:
        """Measure; blocks.

        Parameters
        ----------
        cancel
            Set by another thread to stop; what has been measured until then is returned.

        Raises
        ------
        InputError
            If the image can't be read.
        """
        self._cancel = cancel or threading.Event()
        source = self._subject.source
        try:
            image = wait_for(lambda: source.read(whole(source.shape)), self._cancel)
        except Cancelled:
            return self._result
        # Together, since most of these are in the cache.
        everyone = list(range(len(self._entries)))
        statuses = self._run([image], everyone, title_of_kind(CLEAN_KIND))
        for entry, status in zip(everyone, statuses, strict=True):
            self._note(entry, CLEAN_KIND, CLEAN, status)
        if self._result.diameter is None:
            self._result = replace(self._result, diameter=self._diameter_of_results())
        # Entries of the same model after each other: it is loaded once.
        for entry in sorted(everyone, key=self._model_of):
            for kind in self._result.levels:
                if self._cancel.is_set():
                    return self._result
                self._measure(entry, kind, image)
        return self._result

    def _model_of(self, entry: int) -> tuple[str, str, str]:
        one = self._entries[entry]
        return one.method, one.checkpoint or "", one.device

    def _diameter_of_results(self) -> float | None:
        sizes = [median_diameter(found) for found in self._references.values()]
        known = [size for size in sizes if size is not None]
        return float(np.median(known)) if known else None

    def _measure(self, entry: int, kind: str, image: NDArray[Any]) -> None:
        """Run an entry at all levels of a kind."""
        name = self._result.names[entry]
        what = f"{name}: {title_of_kind(kind)}"
        images: dict[float, NDArray[Any]] = {}
        for level in self._result.levels[kind]:
            try:
                images[level] = self._degraded(image, kind, level)
            except InputError as error:
                self._note(entry, kind, level, Status(State.FAILED, message=str(error)))
        if not images:
            return
        (status,) = self._run(list(images.values()), [entry], what)
        if status.outcome is not None:
            for level, plane in zip(images, status.outcome.planes, strict=True):
                own = replace(status, outcome=replace(status.outcome, planes=(plane,)))
                self._note(entry, kind, level, own)
        elif len(images) > 1:
            # One image was too much: the others are tried by themselves.
            for level, one in images.items():
                self._note(entry, kind, level, self._run([one], [entry], what)[0])
        else:
            self._note(entry, kind, next(iter(images)), status)

    def _degraded(self, image: NDArray[Any], kind: str, level: float) -> NDArray[Any]:
        diameter = self._result.diameter
        return degrade(image, kind, level, diameter=diameter, seed=self._seed)

    def _run(self, images: Sequence[NDArray[Any]], which: Sequence[int], what: str) -> list[Status]:
        fractions = np.zeros(len(which))

        def changed(index: int, status: Status) -> None:
            finished = status.state not in (State.WAITING, State.RUNNING)
            fractions[index] = 1.0 if finished else status.fraction
            self._say(float(fractions.sum()) * len(images), what)

        subject = self._subject
        return self._queue.run(
            [Source.of(image) for image in images],
            subject.roles,
            [self._entries[entry] for entry in which],
            subject.name,
            changed,
            self._cancel,
        )

    def _say(self, further: float, text: str) -> None:
        total = len(self._entries) * (1 + sum(map(len, self._result.levels.values())))
        done = len(self._result.measurements) + further
        self._progress(Progress(min(1.0, done / total), text))

    def _note(self, entry: int, kind: str, level: float, status: Status) -> None:
        """Take over how a run ended; one that was stopped says nothing of the method."""
        if status.state is State.CANCELLED:
            return
        one = Measurement(entry, kind, level, status.state, failure=status.message)
        if status.outcome is not None:
            (plane,) = status.outcome.planes
            if kind == CLEAN_KIND:
                self._references[entry] = plane.instances
            one = replace(
                one,
                count=len(plane.instances),
                seconds=plane.provenance["seconds"],
                score=self._score(entry, plane.instances),
                failure="",
            )
        self._result = replace(self._result, measurements=(*self._result.measurements, one))
        self._measured(self._result)

    def _score(self, entry: int, found: Instances) -> Score | None:
        truth = self._subject.truth
        if truth is None:
            if entry not in self._references:
                return None
            truth = Truth(OWN_RESULT, (self._references[entry],))
        return _resized(truth, found.shape).score([found])


def _resized(truth: Truth, shape: tuple[int, int]) -> Truth:
    if truth.planes[0].shape == shape:
        return truth
    crowds = [None if crowd is None else resize_objects(crowd, shape) for crowd in truth.crowds]
    return Truth(
        truth.name, (resize_objects(truth.planes[0], shape),), tuple(crowds), truth.selection
    )
