"""The Data Science Bowl's figures: F1 against IoU, images by group, competition score, errors.

Caicedo et al. 2019, Nucleus segmentation across imaging experiments, doi:10.1038/s41592-019-0612-7.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from ...compare.report.charts import Line
from ...scoring.counts import THRESHOLDS
from ..measured import MACRO, MICRO, at_iou, entries, micro, side_by_side
from ..plots import Axis, Curve, Plot, box, looks, named_axis, unit_axis

BOX_IOU = 0.7
"""At which the paper compares groups of images."""
IOU_AXIS = Axis(
    "IoU threshold", THRESHOLDS[0], THRESHOLDS[-1], tuple((t, f"{t:g}") for t in THRESHOLDS[::2])
)


def f1_by_iou(rows: pl.DataFrame, mean: str = MACRO) -> dict[str, tuple[float, ...]]:
    """Return each method's F1 at each IoU threshold, of one experiment.

    F1(t) = 2 TP(t) / (2 TP(t) + FP(t) + FN(t)). Macro, as in Figure 1b: of each image, then the
    mean over the images that all methods have. Micro: of the summed counts of all images.
    """
    if mean == MICRO:
        pooled = micro(rows, ["entry"])
        return {
            row["entry"]: tuple(np.nan if v is None else v for v in row["f1"])
            for row in pooled.iter_rows(named=True)
        }
    columns = [side_by_side(rows, at_iou("f1", place)) for place in range(len(THRESHOLDS))]
    if not all(len(one.values) for one in columns):
        return {}
    means = np.array([one.values.mean(axis=0) for one in columns])
    return {
        name: tuple(column.tolist()) for name, column in zip(columns[0].names, means.T, strict=True)
    }


def f1_plot(
    rows: pl.DataFrame, lines: Mapping[str, Line] | None = None, mean: str = MACRO
) -> Plot | None:
    """Draw F1 against IoU (Figure 1b); see `f1_by_iou`. None where nothing can be drawn."""
    found = f1_by_iou(rows, mean)
    if not found:
        return None
    how = lines or looks(entries(rows))
    which = "micro" if mean == MICRO else "macro"
    return Plot(
        f"f1-iou-{which}",
        f"F1 against IoU, {which}",
        f"F1(t) = 2 TP / (2 TP + FP + FN), {mean} (Caicedo et al. 2019, Figure 1b).",
        IOU_AXIS,
        unit_axis("F1"),
        tuple(how[name] for name in found),
        tuple(
            Curve(
                how[name],
                tuple((t, v) for t, v in zip(THRESHOLDS, values, strict=True) if not np.isnan(v)),
            )
            for name, values in found.items()
        ),
    )


def group_plot(
    rows: pl.DataFrame, lines: Mapping[str, Line] | None = None, iou: float = BOX_IOU
) -> Plot | None:
    """Draw a box plot of the images' F1 at IoU 0.7, by group and method (Figure 2a).

    Center line: median; box: quartiles; whiskers: 1.5 interquartile ranges. Each image is a value,
    so neither mean is in it. Images without a group are one group of that name. None without any.
    """
    place = int(np.argmin(np.abs(np.array(THRESHOLDS) - iou)))
    values = side_by_side(rows, at_iou("f1", place))
    if not len(values.values):
        return None
    how = lines or looks(values.names)
    groups = tuple(dict.fromkeys(group or "no group" for group in values.groups))
    of = np.array([group or "no group" for group in values.groups])
    room = 0.8 / len(values.names)
    boxes = [
        box(
            how[name],
            number + (at - (len(values.names) - 1) / 2) * room,
            room * 0.8,
            values.values[of == group, at].tolist(),
        )
        for number, group in enumerate(groups)
        for at, name in enumerate(values.names)
    ]
    titles = [f"{group} ({int((of == group).sum()):,})" for group in groups]
    return Plot(
        "f1-groups",
        f"F1 at IoU {iou:g} by group of images",
        "Of each image by itself: median, quartiles, whiskers of 1.5 times the box, and the images "
        "outside (Caicedo et al. 2019, Figure 2a). In brackets the number of images.",
        named_axis("Group", titles),
        unit_axis("F1"),
        tuple(how[name] for name in values.names),
        boxes=tuple(boxes),
    )


def competition_scores(rows: pl.DataFrame) -> dict[str, float]:
    """Return each method's competition score S, macro.

    S = mean over t of TP(t) / (TP(t) + FP(t) + FN(t)), t = .1:.05:.95, of each image; then the mean
    over images (Methods, "Evaluation metrics").
    """
    values = side_by_side(rows, "dsb_score")
    if not len(values.values):
        return {}
    return dict(zip(values.names, values.values.mean(axis=0).tolist(), strict=True))


def object_errors(rows: pl.DataFrame) -> pl.DataFrame:
    """Return misses, extras, merges and splits by method, in sum over the images with counts.

    Misses and extras are FN and FP at IoU 0.5. A split is a true object with an IoU above 0.1 with
    several predictions, a merge a prediction with several true objects (Supplementary Note 6).
    ``rate`` is (FN + FP) by true objects, micro. To compare methods, give the rows of `in_common`.
    """
    counted = rows.filter(pl.col("tp").is_not_null())
    sums = counted.group_by("entry", maintain_order=True).agg(
        images=pl.len(),
        true=pl.col("n_truth").sum(),
        misses=pl.col("fn").list.first().sum(),
        extras=pl.col("fp").list.first().sum(),
        merges=pl.col("merges").sum(),
        splits=pl.col("splits").sum(),
    )
    rate = pl.when(pl.col("true") > 0).then((pl.col("misses") + pl.col("extras")) / pl.col("true"))
    return sums.with_columns(rate=rate)
