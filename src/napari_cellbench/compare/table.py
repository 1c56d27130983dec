"""The table of results as CSV, Markdown and JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import napari_cellbench

from ..scoring import Definition, Score
from ..scoring.figures import ERRORS, FIGURES, Figure, best_of
from ..scoring.notes import notes_together
from ..scoring.tables import csv_text, definitions_of, markdown_text
from .tabulate import Row

UNKNOWN = "–"


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Attributes
    ----------
    title
        What stands above it, with the unit.
    tooltip
        What it is; may hold HTML.
    value
        Reads it from a row: text, a number, or None.
    text
        Returns it as it is shown.
    definition
        Of a score.
    ranks
        Whether it depends on the method's scores.
    """

    title: str
    tooltip: str
    value: Callable[[Row], Any]
    text: Callable[[Row], str]
    definition: Definition | None = None
    ranks: bool = False


def columns(table: Sequence[Row]) -> list[Column]:
    """Return the columns that say something of these rows, but for the name."""
    found = [_COUNT, _AREA]
    if any(row.median_area_um2 is not None for row in table):
        found.append(_AREA_UM2)
    found += [_SECONDS, _MEMORY]
    if any(row.peak_gpu_memory is not None for row in table):
        found.append(_GPU_MEMORY)
    found.append(_CACHED)
    if any(row.score is not None for row in table):
        found += _SCORES
    return found


def best_rows(column: Column, table: Sequence[Row]) -> set[int]:
    """Return the rows that are best in a column; ranked AP isn't compared with unranked."""
    values = [column.value(row) if row.score is not None else None for row in table]
    return best_of(
        column.definition, values, [row.ranked for row in table] if column.ranks else None
    )


def score_notes(table: Sequence[Row]) -> list[str]:
    """Say what has to be known about the scores, each note once."""
    return notes_together([(row.name, row.score) for row in table if row.score is not None])


def to_csv(table: Sequence[Row]) -> str:
    """Return a table at full precision with the scores' notes; what is not known stays empty."""
    shown = columns(table)
    return csv_text(
        ["Result", *(c.title for c in shown), "Ranked by scores", "State", "Reason", "Notes"],
        (
            [
                row.name,
                *(c.value(row) for c in shown),
                "yes" if row.ranked else "no",
                str(row.state),
                row.failure,
                " ".join(row.score.notes) if row.score is not None else "",
            ]
            for row in table
        ),
    )


def to_markdown(table: Sequence[Row]) -> str:
    """Return a table as it is shown, and below it why results are missing."""
    shown = columns(table)
    text = markdown_text(
        ["Result", *(c.title for c in shown)],
        ([row.name, *(c.text(row) for c in shown)] for row in table),
        score_notes(table),
    )
    failures = [f"{row.name}: {' '.join(row.failure.split())}" for row in table if row.failure]
    return text + "".join(f"\n{line}\n" for line in failures)


def to_json(table: Sequence[Row], about: Mapping[str, Any]) -> str:
    """Return all figures, their definitions, and how each result came about.

    Parameters
    ----------
    table
        The rows.
    about
        What was compared: the image, the truth, the plane.
    """
    record = {
        **about,
        "results": [
            {
                "name": row.name,
                "state": str(row.state),
                "reason": row.failure or None,
                "count": row.count,
                "median_area_px": row.median_area,
                "median_area_um2": row.median_area_um2,
                "seconds": row.seconds,
                "peak_memory_bytes": row.peak_memory,
                "peak_gpu_memory_bytes": row.peak_gpu_memory,
                "cached": row.cached,
                "score": row.score.to_dict() if row.score is not None else None,
                "ranked_by_scores": row.ranked,
                "provenance": dict(row.record),
            }
            for row in table
        ],
        "definitions": definitions_of(Score.__dataclass_fields__),
        "version": napari_cellbench.__version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return json.dumps(record, indent=2, default=str)


def _number(value: float | None, decimals: int) -> str:
    return UNKNOWN if value is None or math.isnan(value) else f"{value:,.{decimals}f}"


def _column(
    title: str, tooltip: str, value: Callable[[Row], float | None], decimals: int
) -> Column:
    return Column(title, tooltip, value, lambda row: _number(value(row), decimals))


def _megabytes(value: int | None) -> float | None:
    return None if value is None else value / 2**20


def _score_column(figure: Figure) -> Column:
    return Column(
        figure.title,
        figure.tooltip,
        lambda row: None if row.score is None else figure.value(row.score),
        lambda row: UNKNOWN if row.score is None else figure.text(row.score),
        figure.definition,
        figure.ranks,
    )


_COUNT = _column("Cells", "Number of objects", lambda row: row.count, 0)
_AREA = _column("Area (px)", "Median area of the objects in pixels", lambda row: row.median_area, 0)
_AREA_UM2 = _column(
    "Area (µm²)",
    "Median area of the objects in square micrometres",
    lambda row: row.median_area_um2,
    1,
)
_SECONDS = _column(
    "Time (s)",
    "Wall time of the prediction, without loading the model; of a cached result that of the run "
    "that made it",
    lambda row: row.seconds,
    2,
)
_MEMORY = _column(
    "Memory (MiB)",
    "Largest resident size of the worker process during the run",
    lambda row: _megabytes(row.peak_memory),
    0,
)
_GPU_MEMORY = _column(
    "GPU (MiB)",
    "Most memory that the run held on the GPU",
    lambda row: _megabytes(row.peak_gpu_memory),
    0,
)
_CACHED_TEXT: dict[bool | None, str] = {True: "yes", False: "no", None: ""}
_CACHED = Column(
    "Cached",
    "Whether the result was there already, so that no method was run for it",
    lambda row: _CACHED_TEXT[row.cached],
    lambda row: _CACHED_TEXT[row.cached] or UNKNOWN,
)
_SCORES = [_score_column(figure) for figure in (*FIGURES[1:], *ERRORS)]
