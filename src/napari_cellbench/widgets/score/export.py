"""The table as CSV and Markdown for the clipboard, and all figures as JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import napari_cellbench

from ...scoring import DEFINITIONS, Score
from .figures import FIGURES, NO_SCORES
from .layers import PER_OBJECT


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
    """Return the table at full precision; what is undefined stays empty."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(["Prediction", *(figure.title for figure in FIGURES), "Ranked by scores"])
    for row in rows:
        values = [figure.value(row.score) for figure in FIGURES]
        known = ["" if math.isnan(value) else value for value in values]
        out.writerow([row.name, *known, "yes" if row.ranked else "no"])
    return text.getvalue()


def to_markdown(rows: Sequence[Row]) -> str:
    """Return the table as it is shown."""
    lines = [
        "| Prediction | " + " | ".join(figure.title for figure in FIGURES) + " |",
        "|---|" + "---:|" * len(FIGURES),
    ]
    for row in rows:
        cells = [row.name.replace("|", "\\|"), *(figure.text(row.score) for figure in FIGURES)]
        lines.append("| " + " | ".join(cells) + " |")
    if any(not row.ranked for row in rows):
        names = ", ".join(row.name for row in rows if not row.ranked)
        lines += ["", f"{NO_SCORES} So for: {names}."]
    return "\n".join(lines) + "\n"


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
        "definitions": {
            key: asdict(DEFINITIONS[key])
            for key in (rows[0].score.to_dict() if rows else ())
            if key in DEFINITIONS
        },
        "version": napari_cellbench.__version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return json.dumps(record, indent=2, default=str)


def _plain(record: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what has one entry per object."""
    return {key: value for key, value in record.items() if key not in PER_OBJECT}
