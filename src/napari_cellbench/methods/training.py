"""The contract of training: a lesson, its settings and progress. Nothing here knows a framework."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..data import Sample, Target
from .parameters import parameter


@dataclass(frozen=True)
class TrainingSettings:
    """What a user can set of a training run, the same for every method."""

    steps: int = parameter(
        2000,
        label="Steps",
        help="Batches to learn from; more take longer and fit the images better.",
        low=1,
        high=1_000_000,
        step=100,
    )
    batch: int = parameter(
        4,
        label="Batch size",
        help="Patches in a batch; more are steadier and need more memory.",
        low=1,
        high=256,
        step=1,
    )
    patch: int = parameter(
        256,
        label="Patch size",
        help="Side of the pieces that are cut from the images; larger than the largest cell.",
        unit="px",
        low=32,
        high=2048,
        step=32,
    )
    learning_rate: float | None = parameter(
        None,
        start=1e-4,
        label="Learning rate",
        help="Largest step of the optimiser; lower it where the loss jumps; empty: the method's.",
        low=1e-7,
        high=1,
        step=1e-5,
    )
    average_with_start: float = parameter(
        0.0,
        label="Keep of the start",
        help="Share of the start's weights in the new ones, 0 to 1: a little forgets less of what "
        "the start knew, and learns less of what is new.",
        low=0,
        high=1,
        step=0.05,
        advanced=True,
    )
    snapshot: int = parameter(
        500,
        label="Snapshot interval",
        help="Steps after which the weights are kept, and from which a stopped run goes on.",
        low=1,
        high=1_000_000,
        step=100,
        advanced=True,
    )
    seed: int = parameter(
        0,
        label="Seed",
        help="Start of the random numbers: the same seed gives the same run.",
        low=0,
        high=2**31 - 1,
        step=1,
        advanced=True,
    )


@dataclass(frozen=True)
class TrainingUpdate:
    """How far a run is.

    Attributes
    ----------
    step, steps
        Batches learnt from, and in all.
    loss
        Of the last batch.
    learning_rate
        Of the last batch.
    seconds
        Since the run was started or resumed.
    """

    step: int
    steps: int
    loss: float
    learning_rate: float
    seconds: float


class TrainingReport(Protocol):
    """Receives news of a run; raises `Cancelled` when the user wants it to stop."""

    def __call__(self, update: TrainingUpdate) -> None:
        """Take an update, after each step."""


def unreported(update: TrainingUpdate) -> None:
    """Take an update and do nothing."""


class Examination(Protocol):
    """Looks at what was learnt so far; what it does changes nothing of the training."""

    def __call__(self, step: int, save: Callable[[], Path]) -> None:
        """Take a snapshot.

        Parameters
        ----------
        step
            Batches learnt from.
        save
            Writes a checkpoint that `load` opens, in the place of the one before, and tells where.
        """


def unexamined(step: int, save: Callable[[], Path]) -> None:
    """Take a snapshot and do nothing."""


@dataclass(frozen=True, eq=False)
class Lesson:
    """What a method is to learn, and from what.

    Attributes
    ----------
    samples
        Training images of the same channels, with truth of the target.
    target
        What to learn.
    settings
        Length and pace.
    run
        Folder of the run: receives ``run.json`` (the settings), ``metrics.jsonl``, ``snapshots``
        and the state to resume from, which is used where it is found.
    start
        Checkpoint whose weights to start from, as far as they fit; None for random ones.
    device
        "cpu", "cuda", "cuda:1", "mps".
    report
        Called after each step; the run can be resumed after it raised `Cancelled`.
    examine
        Called after each snapshot but the last, by methods that can tell what they have learnt
        so far.
    """

    samples: Sequence[Sample]
    target: Target
    settings: TrainingSettings
    run: Path
    start: Path | None = None
    device: str = "cpu"
    report: TrainingReport = unreported
    examine: Examination = unexamined
