"""The figures of a score that tables have as columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .definitions import DEFINITIONS, Definition
from .score import Score


@dataclass(frozen=True)
class Figure:
    """A column.

    Attributes
    ----------
    title
        What stands above it.
    key
        Field of a `Score`; of one with several thresholds, the value at IoU 0.5 is taken.
    definition
        What it means; None for the number of objects.
    ranks
        Whether it depends on the method's scores.
    decimals
        That are shown; 0 for counts.
    """

    title: str
    key: str
    definition: Definition | None
    ranks: bool = False
    decimals: int = 3

    def value(self, score: Score) -> float:
        """Read it from a score."""
        return float(at_half(getattr(score, self.key)))

    def text(self, score: Score) -> str:
        """Return the value as it is shown."""
        return self.text_of(self.value(score))

    def text_of(self, value: float) -> str:
        """Return a value of this figure as it is shown."""
        return "–" if math.isnan(value) else f"{value:,.{self.decimals}f}"

    @property
    def tooltip(self) -> str:
        """Name, formula and source."""
        if self.definition is None:
            return "Number of predicted objects"
        one = self.definition
        better = "Higher" if one.higher_is_better else "Lower"
        return (
            f"<b>{one.name}</b><p>{one.formula}</p><p><i>{one.source}</i></p>"
            f"<p>{better} is better.</p>"
        )


def at_half(value: Any) -> Any:
    """Return a field of a score, at IoU 0.5 where it has several thresholds."""
    return value[0] if isinstance(value, tuple) else value


def _figure(title: str, key: str, *, ranks: bool = False, decimals: int = 3) -> Figure:
    return Figure(title, key, DEFINITIONS[key], ranks, decimals)


FIGURES = (
    Figure("Cells", "n_prediction", None, decimals=0),
    _figure("mAP", "mAP", ranks=True),
    _figure("AP50", "AP50", ranks=True),
    _figure("AP75", "AP75", ranks=True),
    _figure("AR50", "AR50"),
    _figure("AR75", "AR75"),
    _figure("F1@.5", "f1"),
    _figure("Acc@.5", "accuracy"),
    _figure("PQ", "pq"),
    _figure("AJI", "aji"),
    _figure("Error", "error_rate"),
)
"""What every table has."""
ERRORS = (
    _figure("Splits", "splits", decimals=0),
    _figure("Merges", "merges", decimals=0),
)
"""What tables with more room have too."""
BOUNDARY = _figure("Bound. F", "boundary_f")
"""Where it was asked for."""


def best_of(
    definition: Definition | None,
    values: Sequence[float | None],
    ranked: Sequence[bool] | None = None,
) -> set[int]:
    """Return which rows have the best value of a column; none where there is nothing to choose of.

    Parameters
    ----------
    definition
        Of the column; None for one without a better side.
    values
        By row; None and NaN are not known.
    ranked
        For a figure that depends on the method's scores: whether each row has some. Those without
        depend on the order of their ids, so the best is sought among the others as soon as there
        are any.
    """
    rows = [i for i, value in enumerate(values) if value is not None and not math.isnan(value)]
    if ranked is not None and any(ranked[i] for i in rows):
        rows = [i for i in rows if ranked[i]]
    known = {i: value for i in rows if (value := values[i]) is not None}
    if definition is None or len(known) < 2:
        return set()
    best = max(known.values()) if definition.higher_is_better else min(known.values())
    return {i for i, value in known.items() if value == best}
