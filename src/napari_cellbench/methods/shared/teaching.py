"""A lesson from its images to the checkpoint, the same for every torch method."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn

from ...errors import InputError
from ...files.atomic import replacing
from ..training import Lesson
from .fitting import FittingTask, fit, schedule_of
from .keys import KeyReport
from .truth import Truth, truth_of

N = TypeVar("N", bound=nn.Module)


@dataclass(frozen=True, eq=False)
class Pupil(Generic[N]):
    """What of a lesson is the method's own.

    Attributes
    ----------
    network
        With random weights, or those of the start.
    task
        Batches and loss.
    learning_rate
        The method's.
    save
        Writes a network with averaged weights as a checkpoint that the method loads.
    unfit
        What of the start didn't fit; None without one, or where all must.
    """

    network: N
    task: FittingTask
    learning_rate: float
    save: Callable[[Path, N], None]
    unfit: KeyReport | None = None


def teach(
    key: str,
    lesson: Lesson,
    prepare: Callable[[Lesson, Truth], Pupil[Any]],
) -> Path:
    """Train a network; see `Method.train`.

    ``start.json`` in the folder of the run lists what of the start didn't fit.

    Parameters
    ----------
    key
        Of the method.
    lesson
        What to learn.
    prepare
        See `TaughtMethod.pupil`.
    """
    truth = truth_of(lesson.samples, lesson.target)
    torch.manual_seed(lesson.settings.seed)
    pupil = prepare(lesson, truth)
    share, start = lesson.settings.average_with_start, {}
    if share:
        _check_whole(lesson, pupil.unfit)
        start = copy.deepcopy(pupil.network.state_dict())
    open_run(key, lesson)
    if pupil.unfit is not None:
        with replacing(lesson.run / "start.json") as file:
            file.write(json.dumps(asdict(pupil.unfit), indent=1).encode())
    schedule = schedule_of(lesson.settings, pupil.learning_rate)
    checkpoint = lesson.run / "checkpoint.safetensors"

    def save(network: nn.Module) -> Path:
        pupil.save(checkpoint, mixed(network, start, share) if share else network)
        return checkpoint

    return save(
        fit(
            pupil.network,
            pupil.task,
            schedule,
            lesson.run,
            lesson.device,
            lesson.report,
            lambda step, network: lesson.examine(step, partial(save, network)),
        )
    )


def mixed(network: N, start: Mapping[str, Tensor], share: float) -> N:
    """Return a network between two, weight by weight (Wortsman et al. 2022, WiSE-FT).

    Parameters
    ----------
    network
        That has learnt; it stays as it is.
    start
        Weights by the same names.
    share
        Of the start, 0 to 1.
    """
    between = copy.deepcopy(network)
    with torch.no_grad():
        for name, weight in between.state_dict().items():
            if weight.is_floating_point():
                weight.lerp_(start[name].to(weight), share)
    return between


def _check_whole(lesson: Lesson, unfit: KeyReport | None) -> None:
    if lesson.start is None:
        raise InputError("Without a checkpoint to start from there is nothing of it to keep.")
    if unfit is not None and not unfit.fits:
        raise InputError(
            f"Some of what is learnt isn't in {lesson.start.name} ({unfit}), and was drawn at "
            "random: keep nothing of the start."
        )


def open_run(key: str, lesson: Lesson) -> None:
    """Record in ``run.json`` what is trained, or check that it is what a stopped run trained.

    Raises
    ------
    InputError
        If the folder holds the run of another method, other settings or another start.
    """
    record = {
        "method": key,
        "start": lesson.start.name if lesson.start else None,
        "settings": asdict(lesson.settings),
    }
    file = lesson.run / "run.json"
    if file.exists():
        if json.loads(file.read_text("utf-8")) != record:
            raise InputError(f"{lesson.run} holds another training run: choose a new folder.")
        return
    lesson.run.mkdir(parents=True, exist_ok=True)
    with replacing(file) as opened:
        opened.write(json.dumps(record, indent=1).encode())
