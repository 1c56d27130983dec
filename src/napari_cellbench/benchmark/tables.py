"""The two tables that an evaluation writes: a row an image and method, and a row a cell.

`napari_cellbench.benchmark.results.read_results` reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

KEY = ("data_set", "image", "task", "target", "method", "checkpoint")
"""Columns that name a job; both tables have them."""

NUMBERS = (
    "mAP",
    "AP50",
    "AP75",
    "AR50",
    "AR75",
    "dsb_score",
    "pq",
    "sq",
    "rq",
    "error_rate",
    "mean_iou",
    "aji",
)
"""Figures of `scoring.Score` that are one number; null where undefined."""
COUNTS = ("n_truth", "n_prediction", "splits", "merges")
"""Figures of `scoring.Score` that count."""
CURVES = ("precision", "recall", "f1", "accuracy")
"""Figures of `scoring.Score` by IoU .5:.05:.95; null entries where undefined."""
MATCHES = ("tp", "fp", "fn")
"""Right and false predictions and missed cells by the same IoUs, so that images can be pooled."""

STATES = ("done", "failed")
KINDS = ("matched", "missed", "outline", "split", "merged", "mixed", "extra")
"""What became of a cell.

``matched``: a true cell with a match at IoU 0.5, as `tp` counts. The others name the error that a
true cell without match, or a prediction without one, takes part in, as
`napari_cellbench.scoring.cell_errors` does: ``missed`` (nothing belongs to the true cell),
``extra`` (the prediction belongs to no true cell), ``outline`` (one belongs to one, too inexactly),
``split``, ``merged``, ``mixed`` (both at once). True cells have a ``label``; predictions without a
match have none.
"""

IMAGES: Mapping[str, Any] = {
    "data_set": pl.String,
    "image": pl.String,
    "group": pl.String,
    "task": pl.String,
    "target": pl.String,
    "method": pl.String,
    "checkpoint": pl.String,
    "state": pl.String,
    "error": pl.String,
    **dict.fromkeys(NUMBERS, pl.Float64),
    **dict.fromkeys(COUNTS, pl.Int64),
    "ranked": pl.Boolean,
    **{name: pl.List(pl.Float64) for name in CURVES},
    **{name: pl.List(pl.Int64) for name in MATCHES},
    "seconds": pl.Float64,
    "GiB": pl.Float64,
    "gpu_GiB": pl.Float64,
    "device": pl.String,
    "prediction_file": pl.String,
}
"""Columns of ``images.parquet``.

``group``, ``task`` and ``checkpoint`` are null where there is none; the figures of an image that
``failed`` are null, and ``error`` says why. ``seconds`` is the prediction without loading the
model, ``GiB`` the peak of the process that held it.
"""

OF_CELL: Mapping[str, Any] = {
    "kind": pl.String,
    "label": pl.Int64,
    "prediction": pl.Int64,
    "size": pl.Int64,
    "elongation": pl.Float64,
    "convexity": pl.Float64,
    "iou": pl.Float64,
    "y": pl.Float64,
    "x": pl.Float64,
}
"""Columns of ``cells.parquet`` beside `KEY` and ``group``.

``label`` is the true cell's, ``prediction`` the match's, or that of the prediction with the highest
IoU that takes part in the error. ``iou`` is with that one; of a cell that is ``missed`` or
``extra``, the highest with anything. Size (pixels), shape and centre are the true cell's where
there is one.
"""
CELLS: Mapping[str, Any] = {
    "data_set": pl.String,
    "image": pl.String,
    "group": pl.String,
    "task": pl.String,
    "target": pl.String,
    "method": pl.String,
    "checkpoint": pl.String,
    **OF_CELL,
}

Record = Mapping[str, Any]
"""Of one job, as JSON has it: ``image`` is a row, ``cells`` lists by the columns of `OF_CELL`."""


def frames(records: Iterable[Record]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the tables of some records."""
    rows: list[Mapping[str, Any]] = []
    cells: dict[str, list[Any]] = {name: [] for name in CELLS}
    for record in records:
        row, own = record["image"], record.get("cells") or {}
        rows.append(row)
        count = len(own.get("kind", ()))
        for name, values in cells.items():
            values.extend(own[name] if name in OF_CELL and count else [row.get(name)] * count)
    images = {name: [row.get(name) for row in rows] for name in IMAGES}
    return pl.DataFrame(images, schema=IMAGES), pl.DataFrame(cells, schema=CELLS)


def together(parts: Sequence[pl.DataFrame], schema: Mapping[str, Any]) -> pl.DataFrame:
    """Return the rows of several tables, in their order; empty without any."""
    return pl.concat([pl.DataFrame(schema=schema), *parts])


def newest(images: pl.DataFrame) -> pl.DataFrame:
    """Keep the last row of each job: one that had failed may have been tried again."""
    return images.unique(list(KEY), keep="last", maintain_order=True)
