"""The figures of the panel's table, and the table as CSV, Markdown and JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import napari_cellbench

from ..scoring import DEFINITIONS, Definition, Score

NO_SCORES = (
    "No score per object is known, so COCO's ranking is undefined: all scores are 1, in "
    "pycocotools' tie order (by id)."
)


@dataclass(frozen=True)
class Figure:
    """A column.

    Attributes
    ----------
    title
        What stands above it.
    definition
        What it means; None for the number of objects.
    value
        Reads it from a score.
    ranks
        Whether it depends on the method's scores.
    """

    title: str
    definition: Definition | None
    value: Callable[[Score], float]
    ranks: bool = False

    def text(self, score: Score) -> str:
        """Return the value as it is shown."""
        value = self.value(score)
        if self.definition is None:
            return f"{value:,.0f}"
        return "–" if math.isnan(value) else f"{value:.3f}"

    @property
    def tooltip(self) -> str:
        """Name, formula and source."""
        if self.definition is None:
            return "Number of predicted objects"
        one = self.definition
        better = "Higher" if one.higher_is_better else "Lower"
        return (
            f"<b>{one.name}</b><p>{one.formula}</p><p><i>{one.source}</i></p>"
            f"<p>{better} is better.</p>"
        )


FIGURES = (
    Figure("Cells", None, lambda score: score.n_prediction),
    Figure("mAP", DEFINITIONS["mAP"], lambda score: score.mAP, ranks=True),
    Figure("AP50", DEFINITIONS["AP50"], lambda score: score.AP50, ranks=True),
    Figure("AP75", DEFINITIONS["AP75"], lambda score: score.AP75, ranks=True),
    Figure("AR50", DEFINITIONS["AR50"], lambda score: score.AR50),
    Figure("AR75", DEFINITIONS["AR75"], lambda score: score.AR75),
    Figure("F1@.5", DEFINITIONS["f1"], lambda score: score.f1[0]),
    Figure("Acc@.5", DEFINITIONS["accuracy"], lambda score: score.accuracy[0]),
    Figure("PQ", DEFINITIONS["pq"], lambda score: score.pq),
    Figure("Error", DEFINITIONS["error_rate"], lambda score: score.error_rate),
)


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
            figure.title: {
                "name": figure.definition.name,
                "formula": figure.definition.formula,
                "source": figure.definition.source,
            }
            for figure in FIGURES
            if figure.definition is not None
        },
        "version": napari_cellbench.__version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return json.dumps(record, indent=2, default=str)


def _plain(record: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what has one entry per object."""
    return {key: value for key, value in record.items() if key not in ("masks", "scores")}
