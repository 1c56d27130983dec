"""The figures of a score that tables have as columns."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .definitions import DEFINITIONS, Definition
from .score import Score


@dataclass(frozen=True)
class Figure:
    """A column.

    Attributes
    ----------
    title
        What stands above it.
    definition
        What it means; None for the number of objects.
    value
        Reads it from a score.
    ranks
        Whether it depends on the method's scores.
    """

    title: str
    definition: Definition | None
    value: Callable[[Score], float]
    ranks: bool = False

    def text(self, score: Score) -> str:
        """Return the value as it is shown."""
        value = self.value(score)
        if self.definition is None:
            return f"{value:,.0f}"
        return "–" if math.isnan(value) else f"{value:.3f}"

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


FIGURES = (
    Figure("Cells", None, lambda score: score.n_prediction),
    Figure("mAP", DEFINITIONS["mAP"], lambda score: score.mAP, ranks=True),
    Figure("AP50", DEFINITIONS["AP50"], lambda score: score.AP50, ranks=True),
    Figure("AP75", DEFINITIONS["AP75"], lambda score: score.AP75, ranks=True),
    Figure("AR50", DEFINITIONS["AR50"], lambda score: score.AR50),
    Figure("AR75", DEFINITIONS["AR75"], lambda score: score.AR75),
    Figure("F1@.5", DEFINITIONS["f1"], lambda score: score.f1[0]),
    Figure("Acc@.5", DEFINITIONS["accuracy"], lambda score: score.accuracy[0]),
    Figure("PQ", DEFINITIONS["pq"], lambda score: score.pq),
    Figure("Error", DEFINITIONS["error_rate"], lambda score: score.error_rate),
)


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
