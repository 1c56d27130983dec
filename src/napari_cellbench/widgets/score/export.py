"""The table as CSV and Markdown for the clipboard, and all figures as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import napari_cellbench

from ...scoring import Score
from ...scoring.figures import FIGURES
from ...scoring.notes import notes_together
from ...scoring.tables import csv_text, definitions_of, markdown_text
from .layers import PER_OBJECT

TITLES = ["Prediction", *(figure.title for figure in FIGURES)]


@dataclass(frozen=True, eq=False)
class Row:
    """A scored prediction, as it is exported.

    Attributes
    ----------
    record
        How it came about: the layer's ``metadata["cellbench"]``.
    """

    name: str
    score: Score
    ranked: bool
    record: Mapping[str, Any]


def to_csv(rows: Sequence[Row]) -> str:
    """Return the table at full precision, with all notes; what is undefined stays empty."""
    return csv_text(
        [*TITLES, "Ranked by scores", "Notes"],
        (
            [
                row.name,
                *(f.value(row.score) for f in FIGURES),
                "yes" if row.ranked else "no",
                " ".join(row.score.notes),
            ]
            for row in rows
        ),
    )


def to_markdown(rows: Sequence[Row]) -> str:
    """Return the table as it is shown."""
    return markdown_text(
        TITLES,
        ([row.name, *(figure.text(row.score) for figure in FIGURES)] for row in rows),
        notes_together([(row.name, row.score) for row in rows]),
    )


def to_json(
    rows: Sequence[Row], truth: str, truth_record: Mapping[str, Any], where: Mapping[str, Any]
) -> str:
    """Return all figures with their definitions and how truth and predictions came about.

    Parameters
    ----------
    truth, truth_record
        The truth layer's name and record.
    where
        Plane and region that were scored.
    """
    record = {
        "truth": {"layer": truth, "provenance": _plain(truth_record)},
        **where,
        "predictions": [
            {
                "layer": row.name,
                "score": row.score.to_dict(),
                "ranked_by_scores": row.ranked,
                "provenance": _plain(row.record),
            }
            for row in rows
        ],
        "definitions": definitions_of(rows[0].score.to_dict() if rows else ()),
        "version": napari_cellbench.__version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return json.dumps(record, indent=2, default=str)


def _plain(record: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what has one entry per object."""
    return {key: value for key, value in record.items() if key not in PER_OBJECT}
