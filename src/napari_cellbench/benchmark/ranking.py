"""The ranking of the systematic evaluation, of its own figures and of one's own results.

Wang et al., A systematic evaluation of computation methods for cell segmentation, "Ranking Scheme":
overall performance is the mean of seven, the accuracies on five tasks, usability and scalability.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..checkpoints.evaluation import TASKS, published
from ..errors import InputError
from .measured import entries, experiments, named, side_by_side
from .resampling import RESAMPLES, Interval, interval, resampled_means
from .results import read_images

Float64 = NDArray[np.float64]

SEGGAL = "seggal"
"""What stands for the published figures instead of a folder."""
ROUNDED = 0.005
"""How far a published figure may be off, having two decimals."""


@dataclass(frozen=True)
class Standing:
    """A method's place.

    Attributes
    ----------
    method
        Its key, with the checkpoint's where it has several.
    name
        What it is called.
    overall
        Mean of the accuracies, usability and scalability, as far as all methods have them; None for
        one that lacks an experiment.
    low, high
        The interval of `overall`, by resampling images; None where images aren't known.
    accuracy
        Mean of the accuracies.
    usability, scalability
        0 to 1; None where not known.
    tasks
        Accuracy by experiment.
    ties
        Methods that can't be told from it by `overall`.
    """

    method: str
    name: str
    overall: float | None
    low: float | None
    high: float | None
    accuracy: float | None
    usability: float | None
    scalability: float | None
    tasks: Mapping[str, float | None]
    ties: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        return asdict(self)


@dataclass(frozen=True)
class Ranking:
    """Methods, the best first.

    Attributes
    ----------
    standings
        Those without an overall figure last.
    notes
        What the figures are of, and what they leave out.
    """

    standings: tuple[Standing, ...]
    notes: tuple[str, ...]


def normalised(values: Float64) -> Float64:
    """Scale to a mean of 0 and a standard deviation of 1, and map to 0..1 by the normal CDF.

    u = Phi((x - mean) / sd) with the sample's deviation (n - 1), along the last axis; 0.5 where all
    are equal. Systematic evaluation, "Ranking Scheme".
    """
    from scipy.special import ndtr

    centred = values - values.mean(axis=-1, keepdims=True)
    spread = values.std(axis=-1, ddof=1, keepdims=True)
    is_flat = spread <= 1e-12 * np.abs(values).max(axis=-1, keepdims=True)
    mapped: Float64 = ndtr(np.divide(centred, spread, out=np.zeros_like(centred), where=~is_flat))
    return mapped


def usability_score(maintenance: Float64, ease: Float64, hardware: Float64) -> Float64:
    """Return usability of raw scores, 1 to 10, by method: the mean of the `normalised` ones."""
    mean: Float64 = normalised(np.stack([maintenance, ease, hardware])).mean(axis=0)
    return mean


def scalability_score(times: Float64) -> Float64:
    """Return one less the mean of `normalised` running times.

    Parameters
    ----------
    times : (data sets, methods)
        The paper's are of training: TissueNet's nuclei and its whole cells, each the mean of two
        tasks, and LIVECell. See `training_time.standardised`.
    """
    score: Float64 = 1 - normalised(times).mean(axis=0)
    return score


def seggal_ranking() -> Ranking:
    """Rank the 18 methods by what SegGal's page publishes: two decimals, and whole hours."""
    columns = [{one.method: one for one in published(task)} for task in TASKS]
    keys = list(columns[0])
    accuracy = np.array([[column[key].accuracy for key in keys] for column in columns])
    usability = np.array([columns[0][key].usability for key in keys])
    hours = np.array([[column[key].hours for key in keys] for column in columns])
    times = np.stack([hours[0:2].mean(axis=0), hours[2:4].mean(axis=0), hours[4]])
    scalability = scalability_score(times)
    overall = np.mean([*accuracy, usability, scalability], axis=0)
    # Six rounded figures in seven, of either method.
    unsure = 2 * 6 / 7 * ROUNDED
    titles = ("nuclei-dual", "nuclei", "cells-dual", "cells", "phase")
    standings = [
        Standing(
            key,
            columns[0][key].name,
            float(overall[i]),
            None,
            None,
            float(accuracy[:, i].mean()),
            float(usability[i]),
            float(scalability[i]),
            dict(zip(titles, accuracy[:, i].tolist(), strict=True)),
            tuple(
                keys[j]
                for j in range(len(keys))
                if j != i and abs(overall[j] - overall[i]) < unsure
            ),
        )
        for i, key in enumerate(keys)
    ]
    note = (
        "Of the figures on SegGal's page: COCO's, all objects of the test set together. They have "
        f"two decimals, so methods closer than {unsure:.3f} may be ties."
    )
    return Ranking(_sorted(standings), (note,))


def ranking_of(folder: Path) -> Ranking:
    """Rank what was evaluated, also while it runs.

    Raises
    ------
    InputError
        If nothing has ended yet, or the folder holds no evaluation.
    """
    return rank(named(read_images(folder)))


def rank(rows: pl.DataFrame) -> Ranking:
    """Rank by `named` rows; see `Standing` and the notes for what is counted.

    The scheme is the paper's, with two differences that the notes tell: accuracies are means over
    images, and running time is that of predicting.

    Raises
    ------
    InputError
        If there are none.
    """
    if rows.is_empty():
        raise InputError("No image has ended yet: wait for the first, or begin the evaluation.")
    measured, notes = _measured(rows)
    names = entries(rows)
    whole = [name for name in names if measured and all(name in one.means for one in measured)]
    usability = {name: _usability(name) for name in names}
    scalability = _scalability(whole, measured)
    further: list[Float64] = []
    counted = ["accuracies"]
    if whole and all(usability[name] is not None for name in whole):
        further.append(np.array([usability[name] for name in whole], float))
        counted.append("usability")
    if scalability:
        further.append(np.array([scalability[name] for name in whole]))
        counted.append("scalability")
    notes.insert(
        0,
        "Accuracies are macro: means over the images that all methods have, each counts the same; "
        f"what failed counts 0. Overall is the mean of {_and(counted)} over "
        f"{len(measured)} experiment{'s' * (len(measured) != 1)}. Scalability is of the seconds "
        "that an image takes to predict, where the paper has the hours of training.",
    )
    if failed := rows.filter(state="failed").height:
        notes.append(f"{failed:,} images failed.")
    around = _overall(whole, measured, further)
    standings = []
    for name in names:
        tasks = {one.experiment: one.means.get(name) for one in measured}
        at, ties = around.get(name, (None, ()))
        known = [value for value in tasks.values() if value is not None]
        standings.append(
            Standing(
                name,
                name,
                at.value if at else None,
                at.low if at else None,
                at.high if at else None,
                float(np.mean(known)) if at else None,
                usability[name],
                scalability.get(name),
                tasks,
                ties,
            )
        )
    return Ranking(_sorted(standings), tuple(notes))


@dataclass(frozen=True, eq=False)
class _Experiment:
    """Means of an experiment by entry, how they may differ, and seconds an image."""

    experiment: str
    means: Mapping[str, float]
    draws: Mapping[str, Float64]
    seconds: Mapping[str, float]


def _measured(rows: pl.DataFrame) -> tuple[list[_Experiment], list[str]]:
    found, notes = [], []
    for number, experiment in enumerate(experiments(rows)):
        own = rows.filter(experiment=experiment)
        values = side_by_side(own)
        if values.left_out:
            notes.append(
                f"{experiment}: {values.left_out:,} images are left out, which some method hasn't "
                "ended yet or which have no true cell."
            )
        if not len(values.values):
            continue
        drawn = resampled_means(values.values, seed=number)
        took = own.group_by("entry").agg(pl.col("seconds").mean()).drop_nulls()
        found.append(
            _Experiment(
                experiment,
                dict(zip(values.names, values.values.mean(axis=0).tolist(), strict=True)),
                dict(zip(values.names, drawn.T, strict=True)),
                dict(took.iter_rows()),
            )
        )
    return found, notes


def _overall(
    whole: Sequence[str], measured: Sequence[_Experiment], further: Sequence[Float64]
) -> dict[str, tuple[Interval, tuple[str, ...]]]:
    """Return overall figures with their intervals, and which can't be told apart."""
    if not whole:
        return {}
    parts = [np.array([one.means[name] for name in whole]) for one in measured]
    drawn_parts = [np.array([one.draws[name] for name in whole]) for one in measured]
    fixed = [np.broadcast_to(one[:, None], (len(whole), RESAMPLES)) for one in further]
    overall = np.mean([*parts, *further], axis=0)
    drawn = np.mean([*drawn_parts, *fixed], axis=0).T
    around, found = interval(overall, drawn), {}
    for i, name in enumerate(whole):
        less = interval(overall[i] - overall, drawn[:, [i]] - drawn)
        others = [j for j in range(len(whole)) if j != i and less[j].low <= 0 <= less[j].high]
        found[name] = (around[i], tuple(whole[j] for j in others))
    return found


def _scalability(whole: Sequence[str], measured: Sequence[_Experiment]) -> dict[str, float]:
    if len(whole) < 2 or not all(name in one.seconds for one in measured for name in whole):
        return {}
    times = np.array([[one.seconds[name] for name in whole] for one in measured])
    return dict(zip(whole, scalability_score(times).tolist(), strict=True))


def _usability(entry: str) -> float | None:
    """Return what the paper says of a method, where it is one of the 18."""
    method = entry.partition(" ")[0]
    known = {one.method: one.usability for one in published(TASKS[0])}
    return known.get(method)


def _sorted(standings: Sequence[Standing]) -> tuple[Standing, ...]:
    return tuple(sorted(standings, key=lambda one: (one.overall is None, -(one.overall or 0))))


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
