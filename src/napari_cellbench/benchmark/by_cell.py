"""What becomes of cells: by the kind of error, and by how large they are.

Every cell of all images together counts the same (micro); intervals are by drawing whole images,
for the cells of one are alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..scoring.strata import quantile_edges
from .measured import entries
from .resampling import Interval, interval, resampled_means
from .tables import KEY, KINDS

BINS = 5
"""Of size, with equally many true cells."""
PER_CELL = ("data_set", "image", "task", "target", "label")
"""Columns that name a true cell, whoever looked for it."""


@dataclass(frozen=True)
class Bin:
    """Cells of about a size.

    Attributes
    ----------
    low, high
        Sizes in pixels; a cell of `high` belongs to the next bin, but for the last.
    cells
        True ones.
    found
        Share of them with a match at IoU 0.5; None where there are none, or in too few images for
        every draw to have one.
    iou
        Mean IoU of those; None without.
    """

    low: float
    high: float
    cells: int
    found: Interval | None
    iou: float | None


def cells_of(rows: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """Return the cells of some rows, with their ``entry``; what failed missed all true cells.

    Parameters
    ----------
    rows
        `measured.named` ones of one experiment.
    cells
        The table of cells.
    """
    known = cells.join(rows.select(*KEY, "entry"), on=KEY, how="inner", nulls_equal=True)
    # Which cells those are, another method's rows tell.
    true = known.filter(pl.col("label").is_not_null()).unique(PER_CELL, maintain_order=True)
    failed = rows.filter(state="failed").select(*KEY, "entry")
    missed = (
        true.drop("entry", "method", "checkpoint")
        .join(failed, on=PER_CELL[:-1], how="inner", nulls_equal=True)
        .with_columns(
            kind=pl.lit("missed"),
            prediction=pl.lit(None, known["prediction"].dtype),
            iou=pl.lit(0.0),
        )
    )
    return pl.concat([known, missed.select(known.columns)])


def kinds_of_error(cells: pl.DataFrame) -> pl.DataFrame:
    """Count what became of true cells, and of predictions without a match, by entry.

    Parameters
    ----------
    cells
        From `cells_of`.

    Returns
    -------
    DataFrame
        ``entry``; ``side``, "true" or "prediction"; ``cells``, how many; and for each of
        `tables.KINDS` its share of them, null where that kind isn't one of this side.
    """
    side = pl.when(pl.col("label").is_not_null()).then(pl.lit("true"))
    counted = (
        cells.with_columns(side=side.otherwise(pl.lit("prediction")))
        .group_by("entry", "side", maintain_order=True)
        .agg(
            pl.len().alias("cells"),
            *((pl.col("kind") == kind).mean().alias(kind) for kind in KINDS),
        )
    )
    never = {"extra": "true", "matched": "prediction", "missed": "prediction"}
    return counted.with_columns(
        pl.when(pl.col("side") != own).then(pl.col(kind)).alias(kind) for kind, own in never.items()
    )


def size_dependence(cells: pl.DataFrame, bins: int = BINS) -> dict[str, tuple[Bin, ...]]:
    """Return which share of the true cells each method finds, by their size.

    Recall(b) = TP(b) / (TP(b) + FN(b)) at IoU 0.5, of the true cells in bin b. Edges are quantiles
    of the true cells that all methods had to find, so that bins are the same for all.

    Parameters
    ----------
    cells
        From `cells_of`.
    bins
        How many; fewer where many cells have the same size.
    """
    true = cells.filter(pl.col("label").is_not_null())
    names = entries(true)
    # What not all methods have ended would make one method's cells others' than another's.
    common = true.filter(pl.col("entry").n_unique().over(*PER_CELL) == len(names))
    if common.is_empty():
        return {}
    edges = quantile_edges(common.unique(PER_CELL)["size"].to_numpy(), bins)
    place = np.digitize(common["size"].to_numpy(), edges[1:-1])
    binned = common.with_columns(
        place=pl.Series(place), hit=(pl.col("kind") == "matched").cast(pl.Int64)
    )
    return {name: _bins(binned.filter(entry=name), edges) for name in names}


def _bins(cells: pl.DataFrame, edges: NDArray[np.float64]) -> tuple[Bin, ...]:
    by_image = cells.group_by("data_set", "image", "place").agg(
        pl.len().alias("total"), pl.col("hit").sum()
    )
    total, hit = _wide(by_image, "total", len(edges) - 1), _wide(by_image, "hit", len(edges) - 1)
    draws = resampled_means(np.hstack([hit, total]))
    drawn_hit, drawn_total = np.hsplit(draws, 2)
    iou = dict(cells.filter(hit=1).group_by("place").agg(pl.col("iou").mean()).iter_rows())
    found = []
    for b, (low, high) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)):
        count, share = int(total[:, b].sum()), None
        if count and (drawn_total[:, b] > 0).all():
            value = np.array([hit[:, b].sum() / count])
            (share,) = interval(value, (drawn_hit[:, b] / drawn_total[:, b])[:, None])
        found.append(Bin(low, high, count, share, iou.get(b)))
    return tuple(found)


def _wide(by_image: pl.DataFrame, column: str, bins: int) -> NDArray[np.float64]:
    """Return counts (images, bins), in an order of images that is the same each time."""
    wide = by_image.pivot("place", index=["data_set", "image"], values=column).sort(
        "data_set", "image"
    )
    lacking: Sequence[str] = [str(b) for b in range(bins) if str(b) not in wide.columns]
    filled = wide.with_columns(pl.lit(0).alias(name) for name in lacking).fill_null(0)
    return filled.select(str(b) for b in range(bins)).to_numpy().astype(np.float64)
