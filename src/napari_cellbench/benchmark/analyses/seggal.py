"""The systematic evaluation's analyses of accuracy and time: by task, by tissue, guidelines.

Wang et al., A systematic evaluation of computation methods for cell segmentation. The paper's
accuracies are COCO's of the whole test set; those here are macro, means over its images.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from ...checkpoints.evaluation import FAIR, FAST, GOOD, SLOW
from ..measured import MACRO, side_by_side
from ..plots import Matrix
from ..ranking import Ranking

ALL = "All"


def five_tasks(ranking: Ranking) -> Matrix:
    """Return Figure 2a: overall, overall accuracy, each task, usability and scalability.

    Overall performance is the mean of seven, overall accuracy that of the tasks; the best overall
    first.
    """
    first = ranking.standings[0]
    tasks = tuple(first.tasks)
    return Matrix(
        "five-tasks",
        "Overall performance, accuracy by experiment, usability and scalability",
        "Accuracy: mean of mAP, AP50, AP75, AR50 and AR75 (systematic evaluation, Figure 2a).",
        tuple(one.name for one in ranking.standings),
        ("Overall", "Accuracy", *tasks, "Usability", "Scalability"),
        tuple(
            (
                one.overall,
                one.accuracy,
                *(one.tasks[task] for task in tasks),
                one.usability,
                one.scalability,
            )
            for one in ranking.standings
        ),
    )


def by_group(rows: pl.DataFrame, figure: str = "task_accuracy") -> Matrix | None:
    """Return Figure 3a: accuracy by tissue or cell type, of one experiment; None without groups.

    Methods by their accuracy on all, the best first; groups by the mean over methods.
    """
    values = side_by_side(rows, figure)
    groups = [one for one in dict.fromkeys(values.groups) if one]
    if not groups or not len(values.values):
        return None
    of = np.array([group or "" for group in values.groups])
    means = {group: values.values[of == group].mean(axis=0) for group in groups}
    groups.sort(key=lambda group: -float(means[group].mean()))
    everything = values.values.mean(axis=0)
    order = np.argsort(-everything, kind="stable").tolist()
    return Matrix(
        "accuracy-groups",
        "Accuracy by group",
        f"{MACRO.capitalize()} (systematic evaluation, Figure 3a).",
        tuple(values.names[i] for i in order),
        (ALL, *groups),
        tuple((float(everything[i]), *(float(means[group][i]) for group in groups)) for i in order),
    )


def standardised_time(
    hours: float,
    batch_size: int,
    *,
    epochs: float | None = None,
    iterations: int | None = None,
    images: int | None = None,
) -> float:
    """Return the hours of training as if with batches of 8 and 50 epochs ("Scalability").

    T_s = T (B / 8) (50 / E) for a method that counts epochs, and T (B / 8) (50 N / (I B)) for one
    that counts iterations: B is the batch size, E the epochs, I the iterations, N the images.

    Raises
    ------
    ValueError
        If neither epochs, nor iterations and images, are given; or both are.
    """
    if (epochs is None) == (iterations is None or images is None):
        raise ValueError("Give either the epochs, or the iterations and the number of images.")
    if epochs is not None:
        return hours * batch_size / 8 * 50 / epochs
    assert iterations is not None
    assert images is not None
    return hours * batch_size / 8 * 50 * images / (iterations * batch_size)


@dataclass(frozen=True)
class Advice:
    """A method that Figure 6 recommends for an experiment.

    Attributes
    ----------
    method
        Its name.
    accuracy, usability, hours
        "good", "fair" or "poor", as the paper's colours blue, yellow and red; None where not known.
    """

    method: str
    accuracy: str
    usability: str | None
    hours: str | None


def guidelines(
    ranking: Ranking, experiment: str, hours: Mapping[str, float] | None = None
) -> tuple[Advice, ...]:
    """Return Figure 6: the union of the best three overall and the best three of an experiment.

    By overall performance. Accuracy and usability are good from 0.5 and fair from 0.25; hours of
    training are good up to 24 and fair up to 48.
    """
    ranked = [one for one in ranking.standings if one.overall is not None]
    known = {one.method: v for one in ranked if (v := one.tasks.get(experiment)) is not None}
    third = sorted(known.values(), reverse=True)[2:3]
    least = third[0] if third else -np.inf
    chosen = [
        one
        for place, one in enumerate(ranked)
        if one.method in known and (place < 3 or known[one.method] >= least)
    ]
    return tuple(
        Advice(
            one.name,
            _level(known[one.method]),
            None if one.usability is None else _level(one.usability),
            None if (took := (hours or {}).get(one.method)) is None else _pace(took),
        )
        for one in chosen
    )


def _level(value: float) -> str:
    return "good" if value >= GOOD else "fair" if value >= FAIR else "poor"


def _pace(hours: float) -> str:
    return "good" if hours <= FAST else "fair" if hours <= SLOW else "poor"
