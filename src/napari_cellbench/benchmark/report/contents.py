"""What a report holds: the ranking, and each experiment's tables, tests and figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from ...compare.report.charts import Line
from ...errors import InputError
from ...scoring.score import to_plain
from ..analyses import cells as of_cells
from ..analyses import dsb, people, seggal
from ..by_cell import Bin, cells_of, kinds_of_error, size_dependence
from ..in_common import in_common
from ..measured import MICRO, at_iou, entries, experiments, named, side_by_side
from ..plots import Matrix, Plot, looks
from ..ranking import Ranking, rank
from ..resampling import Paired, mean_intervals, paired_tests
from ..results import read_cells, read_images
from ..signed_rank import SignedRank, signed_rank_tests

MEANS: Mapping[str, str | pl.Expr] = {
    "accuracy": "task_accuracy",
    "mAP": "mAP",
    "AP50": "AP50",
    "f1": at_iou("f1", 0),
    "dsb_score": "dsb_score",
    "pq": "pq",
    "error_rate": "error_rate",
}
"""Columns of an experiment's table that are macro means."""


@dataclass(frozen=True, eq=False)
class Experiment:
    """One experiment's part of a report.

    Attributes
    ----------
    name
        Of the experiment.
    images
        That all methods have.
    left_out
        Images that aren't counted.
    methods
        A row a method, by accuracy; the keys of `MEANS`, each with ``NAME_low`` and ``NAME_high``
        for accuracy, and micro F1, errors, seconds and memory.
    pairs
        Tests of accuracy between every two methods.
    ranks
        Wilcoxon's tests of the same pairs.
    plots, matrices
        Figures.
    kinds
        What became of the true cells; None where none is known.
    sizes
        Which of them were found, by method and size.
    rows, common
        `measured.named` ones, and those of images that all methods have.
    """

    name: str
    images: int
    left_out: int
    methods: tuple[Mapping[str, Any], ...]
    pairs: tuple[Paired, ...]
    ranks: tuple[SignedRank, ...]
    plots: tuple[Plot, ...]
    matrices: tuple[Matrix, ...]
    kinds: Matrix | None
    sizes: Mapping[str, tuple[Bin, ...]]
    rows: pl.DataFrame
    common: pl.DataFrame


@dataclass(frozen=True, eq=False)
class Report:
    """All of it.

    Attributes
    ----------
    folder
        Of the evaluation.
    ranking
        Of all experiments together.
    tasks
        The ranking's table.
    experiments
        One after the other.
    done, failed
        Numbers of images, a method's each.
    """

    folder: Path
    ranking: Ranking
    tasks: Matrix
    experiments: tuple[Experiment, ...]
    done: int
    failed: int


def report_of(folder: Path) -> Report:
    """Put together what there is, also while the evaluation runs.

    Raises
    ------
    InputError
        If nothing has ended yet, or the folder holds no evaluation.
    """
    rows = named(read_images(folder))
    if rows.is_empty():
        raise InputError(f"No image has ended yet in {folder}: wait for the first.")
    ranking, lines, cells = rank(rows), looks(entries(rows)), read_cells(folder)
    return Report(
        folder,
        ranking,
        seggal.five_tasks(ranking),
        tuple(
            _experiment(rows.filter(experiment=one), cells, one, lines) for one in experiments(rows)
        ),
        rows.filter(state="done").height,
        rows.filter(state="failed").height,
    )


def _experiment(
    rows: pl.DataFrame, cells: pl.DataFrame, name: str, lines: Mapping[str, Line]
) -> Experiment:
    values, common = side_by_side(rows), in_common(rows)
    own = cells_of(common, cells)
    sizes = size_dependence(own)
    plots = (
        dsb.f1_plot(rows, lines),
        dsb.f1_plot(common, lines, MICRO),
        dsb.group_plot(rows, lines),
        people.error_rate_plot(rows, lines),
        people.average_precision_plot(rows, lines),
        of_cells.size_plot(sizes, lines),
    )
    matrices = (seggal.by_group(rows),)
    return Experiment(
        name,
        len(values.values),
        values.left_out,
        _methods(rows, common),
        paired_tests(values.names, values.values) if len(values.values) else (),
        signed_rank_tests(values.names, values.values) if len(values.values) else (),
        tuple(plot for plot in plots if plot is not None),
        tuple(matrix for matrix in matrices if matrix is not None),
        of_cells.kinds_matrix(kinds_of_error(own)),
        sizes,
        rows,
        common,
    )


def _methods(rows: pl.DataFrame, common: pl.DataFrame) -> tuple[Mapping[str, Any], ...]:
    table: dict[str, dict[str, Any]] = {name: {"method": name} for name in entries(rows)}
    for title, figure in MEANS.items():
        values = side_by_side(rows, figure)
        found = mean_intervals(values.values) if len(values.values) else [None] * len(values.names)
        for name, one in zip(values.names, found, strict=True):
            table[name][title] = None if one is None else one.value
            if title == "accuracy":
                table[name]["accuracy_low"] = None if one is None else one.low
                table[name]["accuracy_high"] = None if one is None else one.high
    for name, f1 in dsb.f1_by_iou(common, MICRO).items():
        table[name]["f1_micro"] = to_plain(f1[0])
    for errors in dsb.object_errors(common).iter_rows(named=True):
        table[errors.pop("entry")] |= errors
    cost = rows.group_by("entry").agg(
        pl.col("seconds").mean(), pl.col("GiB").max(), failed=(pl.col("state") == "failed").sum()
    )
    for row in cost.iter_rows(named=True):
        table[row.pop("entry")] |= row
    known = sorted(table.values(), key=lambda row: -(row["accuracy"] or 0))
    return tuple(known)


def to_json(report: Report) -> dict[str, Any]:
    """Return a report as JSON's types."""
    return {
        "folder": str(report.folder),
        "done": report.done,
        "failed": report.failed,
        "ranking": [one.to_dict() for one in report.ranking.standings],
        "notes": list(report.ranking.notes),
        "experiments": [
            {
                "name": one.name,
                "images": one.images,
                "left_out": one.left_out,
                "methods": list(one.methods),
                "pairs": [
                    {
                        "first": pair.first,
                        "second": pair.second,
                        "images": pair.images,
                        "difference": pair.difference.value,
                        "low": pair.difference.low,
                        "high": pair.difference.high,
                        "p": pair.p,
                        "p_signed_rank": ranks.p,
                        "verdict": pair.verdict,
                    }
                    for pair, ranks in zip(one.pairs, one.ranks, strict=True)
                ],
                "f1_by_iou": {
                    "macro": {k: to_plain(v) for k, v in dsb.f1_by_iou(one.rows).items()},
                    "micro": {k: to_plain(v) for k, v in dsb.f1_by_iou(one.common, MICRO).items()},
                },
                "kinds": []
                if one.kinds is None
                else [
                    {"method": name, **dict(zip(of_cells.TITLES, values, strict=True))}
                    for name, values in zip(one.kinds.rows, one.kinds.values, strict=True)
                ],
                "sizes": {name: [asdict(b) for b in bins] for name, bins in one.sizes.items()},
                "groups": [
                    {"method": name, **dict(zip(matrix.columns, values, strict=True))}
                    for matrix in one.matrices
                    for name, values in zip(matrix.rows, matrix.values, strict=True)
                ],
            }
            for one in report.experiments
        ],
    }
