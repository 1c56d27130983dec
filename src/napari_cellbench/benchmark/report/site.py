"""A report as a page: sortable tables, figures, images, and the data to download.

Nothing is loaded from elsewhere; the page works from a disk, and on any server of files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

import napari_cellbench

from ...compare.report.matrix import Cell, cell_of
from ...compare.report.page import templates
from ...errors import InputError
from ...files.atomic import explained
from ...files.outputs import export_text, exporting
from ...scoring.definitions import DEFINITIONS
from ...scoring.tables import csv_text
from ..measured import MACRO, MICRO
from ..plots import Matrix
from ..svg import svg
from .contents import Report, to_json
from .examples import examples_of

OWN = {"index.html", "figures", "data"}
"""What a report's folder holds."""


@dataclass(frozen=True)
class Column:
    """A column of an experiment's table.

    Attributes
    ----------
    title, key
        What stands above it, and which value it is.
    decimals
        That are shown.
    tip
        What it means, and which mean it is.
    """

    title: str
    key: str
    decimals: int
    tip: str

    def text(self, row: Mapping[str, Any]) -> str:
        """Return a row's value as it is shown."""
        value = row.get(self.key)
        return "–" if value is None else f"{value:,.{self.decimals}f}"


def _macro(title: str, key: str, definition: str) -> Column:
    return Column(title, key, 3, f"{DEFINITIONS[definition].formula} ({MACRO})")


COLUMNS = (
    _macro("Accuracy", "accuracy", "task_accuracy"),
    _macro("mAP", "mAP", "mAP"),
    _macro("AP50", "AP50", "AP50"),
    _macro("F1@.5", "f1", "f1"),
    Column("F1@.5 micro", "f1_micro", 3, f"{DEFINITIONS['f1'].formula} ({MICRO})"),
    _macro("S", "dsb_score", "dsb_score"),
    _macro("PQ", "pq", "pq"),
    _macro("Error", "error_rate", "error_rate"),
    Column(
        "Misses",
        "misses",
        0,
        "True objects without a match at IoU 0.5, in sum over the images that all methods have",
    ),
    Column(
        "Extras",
        "extras",
        0,
        "Predictions without a match at IoU 0.5, in sum over the images that all methods have",
    ),
    Column(
        "Merges",
        "merges",
        0,
        DEFINITIONS["merges"].formula + ", in sum over the images that all methods have",
    ),
    Column(
        "Splits",
        "splits",
        0,
        DEFINITIONS["splits"].formula + ", in sum over the images that all methods have",
    ),
    Column("Failed", "failed", 0, "Images on which the method failed"),
    Column("Seconds", "seconds", 2, "Mean seconds of predicting an image, without loading"),
    Column("GiB", "GiB", 2, "Largest memory of the process"),
)


def write_site(report: Report, folder: Path) -> Path:
    """Write ``index.html``, ``figures`` and ``data`` into a folder.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    InputError
        If the folder holds other files, or can't be written.
    """
    page = folder / "index.html"
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file: name a folder.")
    others = {one.name for one in folder.iterdir()} - OWN if folder.exists() else set()
    if others:
        raise InputError(
            f"{folder} holds other files, such as {min(others)}: name a new folder, or one of a "
            "report."
        )
    with explained(folder):
        for name in ("figures", "data"):
            (folder / name).mkdir(parents=True, exist_ok=True)
    figures: dict[int, list[tuple[str, str]]] = {}
    for number, experiment in enumerate(report.experiments):
        figures[number] = []
        for plot in experiment.plots:
            name = f"figures/{number + 1}-{plot.key}.svg"
            export_text(folder / name, svg(plot, alone=True))
            figures[number].append((svg(plot), name))
    _write_data(report, folder / "data")
    found = [examples_of(report.folder, one) for one in report.experiments]
    text = (
        templates("napari_cellbench.benchmark")
        .get_template("site.html")
        .render(
            report=report,
            figures=figures,
            examples=found,
            columns=COLUMNS,
            tasks=fields(report.tasks),
            fields=fields,
            now=datetime.now(UTC),
            program=f"napari-cellbench {napari_cellbench.__version__}",
        )
    )
    export_text(page, text)
    return page


def fields(matrix: Matrix) -> list[list[Cell]]:
    """Return the coloured fields of a matrix."""
    return [
        [cell_of(float("nan") if value is None else min(max(value, 0.0), 1.0)) for value in row]
        for row in matrix.values
    ]


def _write_data(report: Report, folder: Path) -> None:
    export_text(folder / "report.json", json.dumps(to_json(report), indent=1))
    standings = report.ranking.standings
    tasks = list(standings[0].tasks)
    header = ["place", "method", "overall", "low", "high", "accuracy", "usability", "scalability"]
    rows: list[Sequence[Any]] = [
        [
            *(place, one.method, one.overall, one.low, one.high),
            *(one.accuracy, one.usability, one.scalability),
            *(one.tasks[task] for task in tasks),
        ]
        for place, one in enumerate(standings, 1)
    ]
    export_text(folder / "ranking.csv", csv_text([*header, *tasks], rows))
    keys = [column.key for column in COLUMNS]
    methods = [
        [experiment.name, row["method"], *(row.get(key) for key in keys)]
        for experiment in report.experiments
        for row in experiment.methods
    ]
    export_text(folder / "methods.csv", csv_text(["experiment", "method", *keys], methods))
    whole = pl.concat([one.rows for one in report.experiments])
    plain = [name for name, kind in whole.schema.items() if not isinstance(kind, pl.List)]
    flat = whole.select(plain)
    export_text(folder / "images.csv", csv_text(flat.columns, flat.rows()))
    with exporting(folder / "images.parquet") as file:
        whole.write_parquet(file)
