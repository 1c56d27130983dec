"""The NeurIPS 2022 challenge's figures: median F1 without cut cells, and time beyond a tolerance.

Ma et al., The multi-modality cell segmentation challenge, arXiv:2308.05864; its published
evaluation code, ``compute_metric.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from ...scoring.dataset import DatasetScorer
from ...scoring.selection import Selection
from ..opening import open_row

EDGE = Selection(edge=2)
"""Objects with a pixel among the two outermost rows and columns don't count."""
TOLERATED = 10.0
"""Seconds for a million pixels, and for every smaller image."""
MEGAPIXEL = 1_000_000


@dataclass(frozen=True)
class ChallengeScore:
    """A method as the challenge ranks it.

    Attributes
    ----------
    method
        Its name.
    f1
        Median over images of F1 at IoU 0.5; what failed counts 0. A median is neither mean.
    late
        Median over images of the seconds beyond the tolerance.
    place
        1 is best: by the mean over images of the ranks in F1 and in time.
    """

    method: str
    f1: float
    late: float
    place: int


def tolerated_seconds(height: int, width: int) -> float:
    """Return the seconds that an image may take: 10, or 10 for each million pixels of a larger."""
    return TOLERATED * max(1.0, height * width / MEGAPIXEL)


def seconds_late(seconds: float, height: int, width: int) -> float:
    """Return the seconds beyond `tolerated_seconds`; 0 for what is fast enough."""
    return max(0.0, seconds - tolerated_seconds(height, width))


def challenge_values(
    folder: Path, rows: pl.DataFrame, progress: Callable[[int], None] = lambda done: None
) -> pl.DataFrame:
    """Score an experiment's images as the challenge does; reads each image and prediction.

    Returns
    -------
    DataFrame
        ``data_set``, ``image``, ``entry``, ``f1`` (null where an image has neither kind of cell),
        ``late`` (null where it failed).
    """
    found = []
    for number, row in enumerate(rows.iter_rows(named=True), 1):
        f1: float | None = 0.0 if row["state"] == "failed" else None
        late: float | None = None
        if row["state"] == "done":
            opened = open_row(folder, row)
            assert opened.prediction is not None
            scorer = DatasetScorer(selection=EDGE)
            value = scorer.add(opened.truth, opened.prediction, crowds=opened.sample.crowds).f1[0]
            f1 = None if np.isnan(value) else float(value)
            if row["seconds"] is not None:
                late = seconds_late(row["seconds"], *opened.sample.shape)
        found.append((row["data_set"], row["image"], row["entry"], f1, late))
        progress(number)
    names = {"data_set": pl.String, "image": pl.String, "entry": pl.String}
    return pl.DataFrame(found, schema={**names, "f1": pl.Float64, "late": pl.Float64}, orient="row")


def challenge_ranking(values: pl.DataFrame) -> tuple[ChallengeScore, ...]:
    """Rank methods image by image, then by the mean of their ranks ("rank, then aggregate").

    On each image methods get a rank by F1 and one by `seconds_late`, of ties the mean; what failed
    is latest. Images that not all methods have are left out.
    """
    count = values["entry"].n_unique()
    whole = values.filter(
        (pl.len().over("data_set", "image") == count)
        & pl.col("f1").is_not_null().all().over("data_set", "image")
    )
    if whole.is_empty():
        return ()
    image = ("data_set", "image")
    ranked = whole.with_columns(
        by_f1=pl.col("f1").rank(descending=True).over(image),
        by_time=pl.col("late").fill_null(float("inf")).rank().over(image),
    )
    sums = ranked.group_by("entry", maintain_order=True).agg(
        f1=pl.col("f1").median(),
        late=pl.col("late").fill_null(float("inf")).median(),
        mean_rank=((pl.col("by_f1") + pl.col("by_time")) / 2).mean(),
    )
    placed = sums.with_columns(place=pl.col("mean_rank").rank("min").cast(pl.Int64))
    return tuple(
        ChallengeScore(row["entry"], row["f1"], row["late"], row["place"])
        for row in placed.sort("place", maintain_order=True).iter_rows(named=True)
    )
