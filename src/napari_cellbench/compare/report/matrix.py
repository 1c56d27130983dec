"""The agreement of every two results as a coloured table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...data import Instances
from ...scoring.agreement import Cells, Pairwise


@dataclass(frozen=True)
class Cell:
    """A field of a matrix: its text, and its colours."""

    text: str
    background: str
    colour: str


def cell_of(value: float) -> Cell:
    """Return the field of a value in [0, 1]: the darker, the higher."""
    if math.isnan(value):
        return Cell("–", "#f4f4f4", "#555555")
    pale, deep = np.array([247, 251, 255]), np.array([8, 64, 129])
    red, green, blue = np.rint(pale + (deep - pale) * value).astype(int).tolist()
    return Cell(
        f"{value:.2f}", f"rgb({red},{green},{blue})", "#ffffff" if value > 0.5 else "#111111"
    )


def agreement(results: Sequence[Instances]) -> list[list[Cell]] | None:
    """Return F1 at IoU 0.5 of every two results; None for fewer than two."""
    if len(results) < 2:
        return None
    cells = [Cells.of(result.to_labels()) for result in results]
    return [[cell_of(float(value)) for value in line] for line in Pairwise(cells).f1()[0]]
