"""Methods beside people, and accuracy by what was corrected (Cellpose-SAM's figures).

Pachitariu, Rariden & Stringer 2025, Cellpose-SAM, doi:10.1101/2025.04.28.651001.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from ...compare.report.charts import Line
from ...scoring.annotators import Agreement
from ...scoring.counts import THRESHOLDS
from ..measured import at_iou, entries, side_by_side
from ..plots import Curve, Plot, box, looks, named_axis, number_axis, unit_axis
from .dsb import IOU_AXIS


def error_rate_plot(
    rows: pl.DataFrame,
    lines: Mapping[str, Line] | None = None,
    people: Agreement | None = None,
) -> Plot | None:
    """Draw each method's error rate, with the lines of two annotators and of their consensus.

    Error rate = (FP + FN) / (TP + FN) at IoU 0.5 of each image (Figure 2b, left). The consensus is
    estimated as half the annotators' rate; see `scoring.annotators`. None where nothing is known.
    """
    values = side_by_side(rows, "error_rate")
    if not len(values.values):
        return None
    how = lines or looks(values.names)
    means = values.values.mean(axis=0)
    levels: list[tuple[float, str]] = []
    if people is not None:
        levels = [
            (people.error_rate, "between two annotators"),
            (people.consensus_error_rate, "consensus, estimated"),
        ]
    top = [float(np.quantile(values.values, 0.95)), *(value for value, _ in levels), 0.0]
    return Plot(
        "error-rate",
        "Error rate at IoU 0.5",
        "(FP + FN) / (TP + FN) of each image; a method's mean, in its title, is macro "
        "(Pachitariu et al. 2025, Figure 2b). What lies above the axis isn't shown.",
        named_axis("", [f"{n} ({m:.3f})" for n, m in zip(values.names, means, strict=True)]),
        number_axis("Error rate", top),
        tuple(how[name] for name in values.names),
        boxes=tuple(
            box(how[name], i, 0.5, values.values[:, i].tolist())
            for i, name in enumerate(values.names)
        ),
        levels=tuple(levels),
    )


def average_precision_plot(
    rows: pl.DataFrame,
    lines: Mapping[str, Line] | None = None,
    people: Agreement | None = None,
) -> Plot | None:
    """Draw Cellpose's AP, TP / (TP + FP + FN), against IoU, macro (Figure 2b, right).

    It is the house's ``accuracy``, not COCO's AP; with a curve of two annotators, where known.
    """
    columns = [side_by_side(rows, at_iou("accuracy", place)) for place in range(len(THRESHOLDS))]
    if not all(len(one.values) for one in columns):
        return None
    names = columns[0].names
    how = dict(lines or looks(entries(rows)))
    means = np.array([one.values.mean(axis=0) for one in columns])
    curves = [
        Curve(how[name], tuple(zip(THRESHOLDS, column.tolist(), strict=True)))
        for name, column in zip(names, means.T, strict=True)
    ]
    if people is not None:
        line = Line("Between two annotators", "#777777", "2 2")
        both = np.nanmean([image.accuracy[-len(THRESHOLDS) :] for image in people.images], axis=0)
        curves.append(Curve(line, tuple(zip(THRESHOLDS, both.tolist(), strict=True))))
    return Plot(
        "average-precision",
        "Cellpose's average precision against IoU",
        "AP(t) = TP / (TP + FP + FN), macro: of each image, then the mean over images "
        "(Pachitariu et al. 2025, Figure 2b). It isn't COCO's AP.",
        IOU_AXIS,
        unit_axis("AP"),
        tuple(curve.line for curve in curves),
        tuple(curves),
    )


def corrected_plot(measured: Mapping[str, Sequence[tuple[int, float]]]) -> Plot:
    """Draw accuracy against the number of corrected cells that a method was trained on (Figure 4).

    Parameters
    ----------
    measured
        Of each method, pairs of a number of cells and Cellpose's AP at IoU 0.5, macro.

    Raises
    ------
    ValueError
        If nothing was measured.
    """
    counts = sorted({count for points in measured.values() for count, _ in points})
    if not counts:
        raise ValueError("Give at least one measurement.")
    how = looks(tuple(measured))
    return Plot(
        "corrected-cells",
        "Accuracy by number of corrected cells",
        "AP = TP / (TP + FP + FN) at IoU 0.5, macro (Pachitariu et al. 2025, Figure 4).",
        number_axis("Cells trained on", map(float, counts)),
        unit_axis("AP at IoU 0.5"),
        tuple(how.values()),
        tuple(
            Curve(how[name], tuple((float(n), value) for n, value in sorted(points)))
            for name, points in measured.items()
        ),
    )
