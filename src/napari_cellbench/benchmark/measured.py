"""Values of images side by side: which methods there are, on what, and how they average.

Two means are in use, and every table and figure says which is its own. The macro mean is that over
images: each counts the same. The micro one is of all objects together: an image with many cells
counts more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..scoring.definitions import DEFINITIONS

ACCURACY = ("mAP", "AP50", "AP75", "AR50", "AR75")
"""Figures whose mean is a task's accuracy (systematic evaluation, "Ranking Scheme")."""
MACRO = "macro: mean over images, each counts the same"
MICRO = "micro: all objects together, an image with many cells counts more"
SEPARATOR = " · "
"""Between method and checkpoint."""


@dataclass(frozen=True, eq=False)
class Values:
    """A figure of images, method beside method.

    Attributes
    ----------
    names
        Of the methods.
    images, groups
        Names of the images that all of them have, and what each belongs to; None for nothing.
    values : (images, methods)
        What failed counts as nothing found.
    left_out
        Images that some method hasn't, or whose figure isn't defined.
    """

    names: tuple[str, ...]
    images: tuple[str, ...]
    groups: tuple[str | None, ...]
    values: NDArray[np.float64]
    left_out: int


def named(images: pl.DataFrame) -> pl.DataFrame:
    """Add what rows are about: ``entry`` and ``experiment``, and ``task_accuracy``.

    An experiment is one of the five tasks, or else a data set and what is segmented in it. An entry
    is a method, named with its checkpoint if it has several in an experiment. The accuracy is null
    where one of its five figures is.
    """
    target = pl.col("target").str.replace("_", " ")
    rows = images.with_columns(
        experiment=pl.coalesce("task", pl.concat_str("data_set", pl.lit(", "), target)),
        task_accuracy=pl.when(~pl.any_horizontal(pl.col(name).is_null() for name in ACCURACY)).then(
            pl.mean_horizontal(*ACCURACY)
        ),
    )
    several = pl.col("checkpoint").n_unique().over("method", "experiment").max().over("method") > 1
    return rows.with_columns(
        entry=pl.when(several & pl.col("checkpoint").is_not_null())
        .then(pl.concat_str("method", pl.lit(SEPARATOR), "checkpoint"))
        .otherwise("method")
    )


def experiments(rows: pl.DataFrame) -> tuple[str, ...]:
    """Return the experiments of `named` rows, in their order."""
    return tuple(rows["experiment"].unique(maintain_order=True).to_list())


def entries(rows: pl.DataFrame) -> tuple[str, ...]:
    """Return the entries of `named` rows, in their order."""
    return tuple(rows["entry"].unique(maintain_order=True).to_list())


def at_iou(figure: str, place: int) -> pl.Expr:
    """Return a figure at the threshold of this place; 0 is IoU 0.5."""
    return pl.col(figure).list.get(place, null_on_oob=True)


def side_by_side(rows: pl.DataFrame, figure: str | pl.Expr = "task_accuracy") -> Values:
    """Return an experiment's figure of each image and method.

    Parameters
    ----------
    rows
        `named` ones of one experiment.
    figure
        Column, or what is computed of the columns.
    """
    expression = pl.col(figure) if isinstance(figure, str) else figure
    key = figure if isinstance(figure, str) else figure.meta.root_names()[0]
    nothing = 0.0 if key not in DEFINITIONS or DEFINITIONS[key].higher_is_better else 1.0
    value = pl.when(pl.col("state") == "failed").then(nothing).otherwise(expression)
    names = entries(rows)
    table = rows.select("data_set", "image", "group", "entry", value=value.cast(pl.Float64)).pivot(
        "entry", index=["data_set", "image"], values=["value", "group"], aggregate_function="first"
    )
    columns = [f"value_{name}" for name in names]
    group = pl.coalesce(f"group_{name}" for name in names)
    whole = table.with_columns(group=group).drop_nulls(columns)
    return Values(
        names,
        tuple(whole["image"].to_list()),
        tuple(whole["group"].to_list()),
        whole.select(columns).to_numpy().astype(np.float64).reshape(-1, len(names)),
        table.height - whole.height,
    )


def micro(rows: pl.DataFrame, by: Sequence[str] = ("experiment", "entry")) -> pl.DataFrame:
    """Pool the objects of all images with counts: precision, recall, F1 and accuracy by IoU.

    F1 = 2 TP / (2 TP + FP + FN), with each count the sum over images. A list a row and figure. To
    compare methods, give the rows of `in_common`.
    """
    counted = rows.filter(pl.col("tp").is_not_null())
    long = counted.select(*by, "tp", "fp", "fn").with_columns(
        place=pl.int_ranges(0, pl.col("tp").list.len())
    )
    sums = (
        long.explode("tp", "fp", "fn", "place")
        .group_by(*by, "place", maintain_order=True)
        .agg(pl.col("tp", "fp", "fn").sum())
        .sort("place", maintain_order=True)
    )
    tp, fp, fn = pl.col("tp"), pl.col("fp"), pl.col("fn")
    figures = sums.with_columns(
        precision=_share(tp, tp + fp),
        recall=_share(tp, tp + fn),
        f1=_share(2 * tp, 2 * tp + fp + fn),
        accuracy=_share(tp, tp + fp + fn),
    )
    return figures.group_by(*by, maintain_order=True).agg(pl.exclude(*by, "place"))


def _share(part: Any, whole: Any) -> Any:
    return pl.when(whole > 0).then(part / whole)
