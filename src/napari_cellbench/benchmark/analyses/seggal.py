"""The systematic evaluation's analyses of accuracy: by task, by tissue, factors, training sets.

Wang et al., A systematic evaluation of computation methods for cell segmentation. The paper's
accuracies are COCO's of the whole test set; those here are macro, means over its images.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from ...checkpoints.evaluation import FAIR, FAST, GOOD, SLOW
from ..measured import MACRO, experiments, side_by_side
from ..plots import Axis, Curve, Matrix, Plot, looks, number_axis
from ..ranking import Ranking

ALL = "All"
SCARCE = ("lung", "spleen")
"""Tissues that the paper leaves out of its regression, having very few training images."""
FACTORS = ("training images", "elongation", "size")


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


@dataclass(frozen=True)
class Regression:
    """What accuracy goes along with.

    Attributes
    ----------
    coefficients
        Change of mAP by a standard deviation of each factor.
    p
        Two-sided, of each coefficient being 0.
    r_squared
        Share of the variance that the factors explain.
    groups
        That were counted.
    """

    coefficients: Mapping[str, float]
    p: Mapping[str, float]
    r_squared: float
    groups: tuple[str, ...]


def regression(
    mean_ap: Mapping[str, float],
    factors: Mapping[str, Mapping[str, float]],
    leave_out: Sequence[str] = SCARCE,
) -> Regression:
    """Regress a method's mAP by group on what the groups are like (Figure 3b).

    mAP_g = b0 + b1 n_g + b2 e_g + b3 s_g + error, least squares: number of training images,
    elongation and size of the cells, each scaled to a standard deviation of 1 so that coefficients
    can be compared. The paper leaves out lung and spleen, and convexity, which hardly varies.

    Parameters
    ----------
    mean_ap
        Of each group, macro.
    factors
        By their names, of each group.
    leave_out
        Groups that don't count, whatever their case.

    Raises
    ------
    ValueError
        If there are no more groups than coefficients, or a factor is the same in all.
    """
    from scipy.special import stdtr

    names = tuple(factors)
    groups = tuple(
        group
        for group in mean_ap
        if group.lower() not in leave_out and all(group in factors[name] for name in names)
    )
    freedom = len(groups) - len(names) - 1
    if freedom < 1:
        raise ValueError(
            f"{len(groups)} groups are too few for {len(names)} factors: there must be at least "
            f"{len(names) + 2}."
        )
    columns = np.array([[factors[name][group] for group in groups] for name in names], float)
    spread = columns.std(axis=1, ddof=1, keepdims=True)
    if not spread.all():
        flat = ", ".join(names[i] for i in np.flatnonzero(spread == 0))
        raise ValueError(f"All groups have the same {flat}.")
    scaled = (columns - columns.mean(axis=1, keepdims=True)) / spread
    design = np.column_stack([np.ones(len(groups)), *scaled])
    response = np.array([mean_ap[group] for group in groups], float)
    found, _, rank, _ = np.linalg.lstsq(design, response)
    if rank < design.shape[1]:
        raise ValueError("The factors can't be told apart: one follows from the others.")
    residual = response - design @ found
    total = float(((response - response.mean()) ** 2).sum())
    unexplained = float((residual**2).sum())
    error = np.sqrt(unexplained / freedom * np.diag(np.linalg.inv(design.T @ design)))
    with np.errstate(divide="ignore"):
        p = 2 * stdtr(freedom, -np.abs(found / error))
    return Regression(
        dict(zip(names, found[1:].tolist(), strict=True)),
        dict(zip(names, p[1:].tolist(), strict=True)),
        1 - unexplained / total if total else float("nan"),
        groups,
    )


def cell_factors(cells: pl.DataFrame) -> dict[str, dict[str, float]]:
    """Return mean elongation and size of the true cells of each group.

    Elongation is e_b / e_a, the ratio of the eigenvalues of the boundary's covariance, 1 for a
    round cell; size is in pixels ("Cell morphology"). Each true cell counts once, however many
    methods were run.
    """
    key = ["data_set", "image", "target", "label"]
    true = cells.filter(pl.col("label").is_not_null() & pl.col("group").is_not_null()).unique(key)
    means = true.group_by("group").agg(pl.col("elongation", "size").mean())
    return {name: dict(means.select("group", name).iter_rows()) for name in ("elongation", "size")}


def regression_plot(found: Mapping[str, Regression]) -> Plot:
    """Draw the coefficients of each method's regression (Figure 3b)."""
    how = looks(tuple(found))
    names = tuple(next(iter(found.values())).coefficients)
    values = [v for one in found.values() for v in one.coefficients.values()]
    return Plot(
        "regression",
        "What accuracy goes along with",
        "Change of mAP by a standard deviation of a factor: least squares over groups, mAP macro "
        "(systematic evaluation, Figure 3b; without lung and spleen).",
        Axis("", -0.5, len(names) - 0.5, tuple(enumerate(names))),
        number_axis("Coefficient", [0.0, *values]),
        tuple(how.values()),
        tuple(
            Curve(
                how[entry],
                tuple((float(i), one.coefficients[name]) for i, name in enumerate(names)),
                is_joined=False,
            )
            for entry, one in found.items()
        ),
        levels=((0.0, ""),),
    )


def trained_on(rows: pl.DataFrame, tissues: Mapping[str, str]) -> Matrix | None:
    """Return Figure 4: accuracy by what a model was trained on, and what it was tested on.

    Parameters
    ----------
    rows
        Of one experiment, with one method's checkpoints.
    tissues
        What each checkpoint was trained on; `ALL` for all.

    Returns
    -------
    Matrix
        Rows and columns with the highest mean first, "All" before all others. None where no row has
        such a checkpoint.
    """
    known = rows.filter(pl.col("checkpoint").is_in(list(tissues))).with_columns(
        entry=pl.col("checkpoint").replace_strict(dict(tissues), default=None)
    )
    found = by_group(known) if known.height else None
    if found is None:
        return None
    order = sorted(range(len(found.rows)), key=lambda i: (found.rows[i] != ALL, i))
    return Matrix(
        "trained-on",
        "Accuracy by training set (rows) and group tested on (columns)",
        f"{MACRO.capitalize()} (systematic evaluation, Figure 4).",
        tuple(found.rows[i] for i in order),
        found.columns,
        tuple(found.values[i] for i in order),
    )


def modality_transfer(rows: pl.DataFrame, trained: Mapping[str, str]) -> Matrix | None:
    """Return Figure 5a: accuracy where the modality trained on is that tested on, and another.

    Parameters
    ----------
    rows
        `measured.named` ones.
    trained
        The task that each checkpoint was trained for, such as ``nuclei``.
    """
    table: dict[str, dict[str, float]] = {}
    columns: list[str] = []
    known = rows.filter(pl.col("checkpoint").is_in(list(trained)))
    for experiment in experiments(known):
        own = known.filter(experiment=experiment)
        for checkpoint in own["checkpoint"].unique(maintain_order=True).to_list():
            values = side_by_side(own.filter(checkpoint=checkpoint))
            if not len(values.values):
                continue
            column = f"{trained[checkpoint]} → {experiment}"
            columns += [column] * (column not in columns)
            method = own.filter(checkpoint=checkpoint)["method"][0]
            table.setdefault(method, {})[column] = float(values.values.mean())
    if not table:
        return None
    return Matrix(
        "modality-transfer",
        "Accuracy by modality trained for → tested on",
        f"{MACRO.capitalize()} (systematic evaluation, Figure 5a).",
        tuple(table),
        tuple(columns),
        tuple(tuple(row.get(column) for column in columns) for row in table.values()),
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
