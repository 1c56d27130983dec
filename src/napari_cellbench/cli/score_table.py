"""Scores as they are printed, and as CSV."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..scoring.figures import BOUNDARY, ERRORS, FIGURES, Figure, at_half
from ..scoring.tables import csv_text

if TYPE_CHECKING:
    from ..scoring.dataset import DatasetScore
    from ..scoring.folders import FolderScore

NAME = 32
"""Letters of a name in the table, at most."""
COLUMNS = (*FIGURES, *ERRORS)
_AT_HALF = ("precision", "recall", "f1", "accuracy")
_COLUMNS = (
    *("n_truth", "n_prediction", "mAP", "AP50", "AP75", "AR50", "AR75", *_AT_HALF),
    *("dsb_score", "pq", "sq", "rq", "error_rate", "mean_iou", "aji", "splits", "merges"),
)


def text_of_image(figures: Mapping[str, Any]) -> str:
    """Return one image's figures, a line each."""
    lines = []
    for name, value in figures.items():
        if name in ("notes", "selection", "sizes", "ranked") or name.endswith("_range"):
            continue
        if isinstance(value, list):
            lines.append(f"{name:<14}" + " ".join(map(_padded, value)))
        else:
            lines.append(f"{name:<14}{_number(value)}")
    for name, size in figures["sizes"].items():
        if size["n_truth"]:
            lines.append(
                f"{name:<14}AP {_number(size['AP'])}, AR {_number(size['AR'])} of "
                f"{size['n_truth']} objects"
            )
    return "\n".join(lines)


def text_of_images(found: FolderScore) -> str:
    """Return a table: a row an image, then mean, median and pooled objects, also by group."""
    columns = _columns(found.whole)
    rows: list[list[Any]] = [
        [_short(row.pair.name), f"{row.score.n_truth:,}", *(f.text(row.score) for f in columns)]
        for row in found.rows
    ]
    below: list[list[Any]] = _summary("", found.whole)
    for name, group in found.groups.items():
        below += _summary(name, group)
    header: list[Any] = ["Image", "Truth", *(figure.title for figure in columns)]
    lines = aligned([[str(cell) for cell in row] for row in (header, *rows, *below)]).split("\n")
    rule = "-" * len(lines[0])
    lines.insert(1, rule)
    lines.insert(2 + len(rows), rule)
    return "\n".join(lines)


def to_csv(found: FolderScore) -> str:
    """Return a row an image, then rows of means, medians and pooled objects, also by group."""
    asked = () if found.whole.pooled.boundary is None else ("boundary_f",)
    names = (*_COLUMNS, *asked)
    rows: list[list[Any]] = []
    for row in found.rows:
        values = [at_half(getattr(row.score, name)) for name in names]
        rows.append([row.pair.name, row.pair.group, "image", *values])
    summaries: list[tuple[str, DatasetScore]] = [("", found.whole), *found.groups.items()]
    for name, score in summaries:
        rows.append(["", name, "mean", *(at_half(score.mean(one)) for one in names)])
        rows.append(["", name, "median", *(at_half(score.median(one)) for one in names)])
        rows.append(["", name, "micro", *(at_half(getattr(score.pooled, one)) for one in names)])
    titles = [f"{name}_at_0.5" if name in _AT_HALF else name for name in names]
    return csv_text(["image", "group", "row", *titles], rows)


def aligned(rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Return rows as lines with straight columns, so many of them to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


def _summary(name: str, score: DatasetScore) -> list[list[Any]]:
    """Return rows of mean, median and pooled objects."""
    of = f" of {_short(name)}" if name else ""
    rows: list[list[Any]] = []
    for title, value in (("mean", score.mean), ("median", score.median)):
        cells = [_decimals(float(at_half(value("n_truth"))))]
        for figure in _columns(score):
            number = float(at_half(value(figure.key)))
            cells.append(figure.text_of(number) if figure.decimals else _decimals(number))
        rows.append([f"{title}{of} ({len(score.images):,} images)", *cells])
    pooled = [figure.text(score.pooled) for figure in _columns(score)]
    rows.append([f"micro{of} (all objects)", f"{score.pooled.n_truth:,}", *pooled])
    return rows


def _columns(score: DatasetScore) -> tuple[Figure, ...]:
    return COLUMNS if score.pooled.boundary is None else (*COLUMNS, BOUNDARY)


def _decimals(value: float) -> str:
    """Return a mean or a median of numbers of objects."""
    return "–" if math.isnan(value) else f"{value:,.1f}"


def _short(name: str) -> str:
    return name if len(name) <= NAME else f"…{name[1 - NAME :]}"


def _padded(value: float | None) -> str:
    return "   nan" if value is None else f"{value:6.3f}"


def _number(value: float | None) -> str:
    if value is None:
        return "nan"
    return str(value) if isinstance(value, int) else f"{value:.4g}"
