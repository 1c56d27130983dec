"""Nuclei grown to cells, and cells shrunk to nuclei (systematic evaluation, Figure 5b and c)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl

from ...data import Target
from ...errors import InputError
from ...morphology.fit import DistanceCurve, fit_distance
from ..measured import entries
from ..opening import open_row
from ..plots import Axis, Curve, Plot, looks, unit_axis

PIXELS = tuple(range(11))
"""Distances of the paper: 0 to 10."""


def distance_curves(
    folder: Path,
    rows: pl.DataFrame,
    grows: bool,
    progress: Callable[[int], None] = lambda done: None,
) -> dict[str, DistanceCurve]:
    """Score predicted nuclei, grown, against whole cells; or cells, shrunk, against nuclei.

    Mean over all true objects of a group of the highest IoU with any prediction (equation 2):
    micro. Each mask is dilated or eroded by itself, as many times as the distance says, by SciPy's
    cross, as the paper did ("Morphological Operations").

    Parameters
    ----------
    folder
        Of the evaluation.
    rows
        `measured.named` ones of one entry that segments nuclei (or cells, to shrink), on images
        that have truth of both.
    grows
        Whether nuclei grow; else cells shrink.
    progress
        Called with the number of images that are done; may raise `Cancelled`.

    Returns
    -------
    dict
        By group; "all" where there are none.

    Raises
    ------
    InputError
        If the rows are of several entries, none is of that target, or an image lacks the other
        truth.
    """
    own: Target = "nucleus" if grows else "whole_cell"
    other: Target = "whole_cell" if grows else "nucleus"
    done = rows.filter(state="done", target=own)
    if done.is_empty() or len(entries(done)) != 1:
        raise InputError(f"Choose one method that segmented each {own.replace('_', ' ')}.")
    count, found = 0, {}
    for group in done["group"].unique(maintain_order=True).to_list():
        pairs = []
        for row in done.filter(pl.col("group").eq_missing(group)).iter_rows(named=True):
            opened = open_row(folder, row)
            if other not in opened.sample.truth or opened.prediction is None:
                raise InputError(
                    f"{row['image']} has no truth of {other.replace('_', ' ')}: growing and "
                    "shrinking need a data set that has both, as TissueNet does."
                )
            pairs.append((opened.prediction.to_labels(), opened.sample.truth[other]))
            count += 1
            progress(count)
        distances = PIXELS if grows else tuple(-pixel for pixel in PIXELS)
        found[group or "all"] = fit_distance(pairs, distances, way="masks")
    return found


def distance_plot(curves: dict[str, DistanceCurve], grows: bool) -> Plot:
    """Draw mean IoU by pixels, a curve a group (Figure 5b, c); see `distance_curves`."""
    how = looks(tuple(curves))
    word = "grown" if grows else "shrunk"
    return Plot(
        f"{word}-by-pixels",
        "Nuclei grown, against whole cells" if grows else "Cells shrunk, against nuclei",
        "Mean of the highest IoU of each true object, micro "
        f"(systematic evaluation, equation 2 and Figure 5{'b' if grows else 'c'}).",
        Axis(f"Pixels {word}", 0, 10, tuple((pixel, str(pixel)) for pixel in PIXELS[::2])),
        unit_axis("Mean IoU"),
        tuple(how.values()),
        tuple(
            Curve(
                how[group],
                tuple(
                    (abs(float(d)), float(v))
                    for d, v in zip(curve.distances, curve.mean_iou, strict=True)
                    if v == v
                ),
            )
            for group, curve in curves.items()
        ),
    )
