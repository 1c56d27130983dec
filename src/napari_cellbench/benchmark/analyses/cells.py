"""Figures of cells: which are found, by their size, and what becomes of the others.

Caicedo et al. 2019, doi:10.1038/s41592-019-0612-7, Figure 2b: missed nuclei by their size; and
Figure 1c: misses, merges and splits. Here of all sizes in equal parts, and by kind of error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from ...compare.report.charts import Line
from ..by_cell import Bin
from ..measured import MICRO
from ..plots import Curve, Matrix, Plot, looks, named_axis, unit_axis

TITLES: Mapping[str, str] = {
    "matched": "Matched",
    "missed": "Missed",
    "outline": "Outline",
    "split": "Split",
    "merged": "Merged",
    "mixed": "Mixed",
}


def size_plot(
    found: Mapping[str, Sequence[Bin]], lines: Mapping[str, Line] | None = None
) -> Plot | None:
    """Draw the share of true cells that are found, by size; None where no cell is known.

    Parameters
    ----------
    found
        From `by_cell.size_dependence`.
    lines
        How methods are drawn.
    """
    if not found:
        return None
    how = lines or looks(tuple(found))
    sizes = [f"{one.low:,.0f} to {one.high:,.0f}" for one in next(iter(found.values()))]
    return Plot(
        "found-by-size",
        "True cells that are found, by size",
        f"Recall at IoU 0.5, {MICRO}. Each size has about as many cells as the others "
        "(compare Caicedo et al. 2019, Figure 2b).",
        named_axis("Size in pixels", sizes),
        unit_axis("Recall"),
        tuple(how[name] for name in found),
        tuple(
            Curve(
                how[name],
                tuple(
                    (float(at), one.found.value)
                    for at, one in enumerate(bins)
                    if one.found is not None
                ),
            )
            for name, bins in found.items()
        ),
    )


def kinds_matrix(counted: pl.DataFrame) -> Matrix | None:
    """Return the share of the true cells that each kind of error took; None without cells.

    Parameters
    ----------
    counted
        From `by_cell.kinds_of_error`.
    """
    true = counted.filter(side="true").sort("matched", descending=True, maintain_order=True)
    if true.is_empty():
        return None
    return Matrix(
        "kinds",
        "What became of the true cells",
        f"Share of the true cells at IoU 0.5, {MICRO}: matched; missed, nothing belongs to it; "
        "outline, too inexact; split, merged, or both.",
        tuple(true["entry"].to_list()),
        tuple(TITLES.values()),
        tuple(true.select(*TITLES).iter_rows()),
    )
