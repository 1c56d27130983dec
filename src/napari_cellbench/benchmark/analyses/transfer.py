"""How far training on one kind of images carries: the systematic evaluation's Figures 4 and 5a.

Wang et al., A systematic evaluation of computation methods for cell segmentation. The paper's
accuracies are COCO's of the whole test set; those here are macro, means over its images.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from ..measured import MACRO, experiments, side_by_side
from ..plots import Matrix
from .seggal import ALL, by_group


def trained_on(rows: pl.DataFrame, tissues: Mapping[str, str]) -> Matrix | None:
    """Return Figure 4: accuracy by what a model was trained on, and what it was tested on.

    Parameters
    ----------
    rows
        Of one experiment, with one method's checkpoints.
    tissues
        What each checkpoint was trained on; `ALL` for all.

    Returns
    -------
    Matrix
        Rows and columns with the highest mean first, "All" before all others. None where no row has
        such a checkpoint.
    """
    known = rows.filter(pl.col("checkpoint").is_in(list(tissues))).with_columns(
        entry=pl.col("checkpoint").replace_strict(dict(tissues), default=None)
    )
    found = by_group(known) if known.height else None
    if found is None:
        return None
    order = sorted(range(len(found.rows)), key=lambda i: (found.rows[i] != ALL, i))
    return Matrix(
        "trained-on",
        "Accuracy by training set (rows) and group tested on (columns)",
        f"{MACRO.capitalize()} (systematic evaluation, Figure 4).",
        tuple(found.rows[i] for i in order),
        found.columns,
        tuple(found.values[i] for i in order),
    )


def modality_transfer(rows: pl.DataFrame, trained: Mapping[str, str]) -> Matrix | None:
    """Return Figure 5a: accuracy where the modality trained on is that tested on, and another.

    Parameters
    ----------
    rows
        `measured.named` ones.
    trained
        The task that each checkpoint was trained for, such as ``nuclei``.
    """
    table: dict[str, dict[str, float]] = {}
    columns: list[str] = []
    known = rows.filter(pl.col("checkpoint").is_in(list(trained)))
    for experiment in experiments(known):
        own = known.filter(experiment=experiment)
        for checkpoint in own["checkpoint"].unique(maintain_order=True).to_list():
            values = side_by_side(own.filter(checkpoint=checkpoint))
            if not len(values.values):
                continue
            column = f"{trained[checkpoint]} → {experiment}"
            columns += [column] * (column not in columns)
            method = own.filter(checkpoint=checkpoint)["method"][0]
            table.setdefault(method, {})[column] = float(values.values.mean())
    if not table:
        return None
    return Matrix(
        "modality-transfer",
        "Accuracy by modality trained for → tested on",
        f"{MACRO.capitalize()} (systematic evaluation, Figure 5a).",
        tuple(table),
        tuple(columns),
        tuple(tuple(row.get(column) for column in columns) for row in table.values()),
    )
