"""Counts of cells on the same images for every method, whatever has ended and whatever failed."""

from __future__ import annotations

import polars as pl

from .tables import MATCHES

IMAGE = ("experiment", "data_set", "image")
"""Columns of `measured.named` rows that name an image."""


def in_common(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of images that all entries of an experiment have ended.

    Sums over other images would compare a method on some images with another on more, while an
    evaluation runs; and leaving out what failed would favour what fails on hard images. So an image
    that failed has as many misses as true cells, and no predictions. It is left out where every
    method failed, since nobody knows its true cells.

    Parameters
    ----------
    rows
        `measured.named` ones.
    """
    entries = pl.col("entry").n_unique()
    whole = rows.filter(entries.over(*IMAGE) == entries.over("experiment"))
    # Each method had the same true cells to find.
    true = pl.col("n_truth").max().over(*IMAGE)
    # A list column takes its length from any method that was done.
    length = pl.col("tp").list.len().max().over(*IMAGE)
    is_failed = pl.col("state") == "failed"
    missed = {"tp": pl.lit(0), "fp": pl.lit(0), "fn": true}
    known = whole.filter(true.is_not_null())
    return known.with_columns(
        *(
            pl.when(is_failed)
            .then(missed[name].cast(pl.Int64).repeat_by(length))
            .otherwise(name)
            .alias(name)
            for name in MATCHES
        ),
        *(
            pl.when(is_failed).then(value).otherwise(name).alias(name)
            for name, value in {
                "n_truth": true,
                "n_prediction": pl.lit(0),
                "splits": pl.lit(0),
                "merges": pl.lit(0),
            }.items()
        ),
    )
