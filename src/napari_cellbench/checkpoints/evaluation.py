"""The published table: 18 methods on five tasks (Wang et al., A systematic evaluation, Figure 2a).

SegGal's page gives, for each method trained on all tissues or cell types, accuracy, usability and
hours of each task. It lists the methods in the same order for every task: that of their overall
performance, the mean of five accuracies, usability and scalability. What can be computed from the
rounded figures on the page agrees with that order but for neighbours closer than 0.02.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ..data import Role, Target
from .base import Checkpoint
from .catalogue import checkpoints

GOOD, FAIR = 0.5, 0.25
"""Accuracy and usability from which Figure 6 shows a method blue, and yellow; below is red."""
FAST, SLOW = 24.0, 48.0
"""Hours up to which Figure 6 shows a method blue, and yellow; above is red."""


@dataclass(frozen=True)
class Experiment:
    """One of the five experiments: what was segmented, and what the methods saw."""

    target: Target
    channels: tuple[Role, ...]


NUCLEI_DUAL = Experiment("nucleus", ("nucleus", "whole_cell"))
NUCLEI = Experiment("nucleus", ("nucleus",))
CELLS_DUAL = Experiment("whole_cell", ("nucleus", "whole_cell"))
CELLS = Experiment("whole_cell", ("whole_cell",))
PHASE = Experiment("whole_cell", ("phase",))
TASKS = (NUCLEI_DUAL, NUCLEI, CELLS_DUAL, CELLS, PHASE)


@dataclass(frozen=True)
class Published:
    """A method on a task, as published.

    Attributes
    ----------
    checkpoint
        SegGal's, trained on all tissues or cell types.
    overall
        Place by overall performance on all tasks, from 1.
    accuracy
        Mean of mAP, AP50, AP75, AR50 and AR75.
    usability
        Of code maintenance, ease of use and hardware support, 0 to 1; the same for all tasks.
    hours
        Of training, as if with 50 epochs and batches of 8; 0 for Segment Anything, which was not
        trained.
    """

    checkpoint: Checkpoint
    overall: int
    accuracy: float
    usability: float
    hours: float

    @property
    def method(self) -> str:
        """Key of the method."""
        return self.checkpoint.method

    @property
    def name(self) -> str:
        """The method's name in the paper."""
        return self.checkpoint.title.partition(",")[0]


@cache
def published(task: Experiment) -> tuple[Published, ...]:
    """Return all methods on a task, the best overall first."""
    trained_on_all = [
        c
        for c in checkpoints()
        if c.source == "seggal" and not c.tissue and Experiment(c.target, c.channels) == task
    ]
    return tuple(
        Published(
            checkpoint=c,
            overall=place,
            accuracy=c.figures["accuracy"],
            usability=c.figures["usability"],
            hours=c.figures["scalability_hours"],
        )
        for place, c in enumerate(trained_on_all, 1)
    )


def recommended(task: Experiment) -> tuple[Published, ...]:
    """Return the methods that Figure 6 recommends for a task, the best overall first.

    They are the union of the best three overall and the most accurate three on the task; who ties
    with the third counts.
    """
    entries = published(task)
    third = sorted((entry.accuracy for entry in entries), reverse=True)[2]
    return tuple(e for e in entries if e.overall <= 3 or e.accuracy >= third)


def trained_on_one_tissue(task: Experiment) -> dict[str, Checkpoint]:
    """Return SegGal's Swin-S models of a task that were trained on one tissue or cell type."""
    return {
        c.tissue: c
        for c in checkpoints()
        if c.source == "seggal" and c.tissue and Experiment(c.target, c.channels) == task
    }
