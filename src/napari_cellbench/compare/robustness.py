"""How results change as the image gets worse: what was measured, and as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..data.degradations import CLEAN, DEGRADATIONS
from ..scoring import Score
from ..scoring.figures import FIGURES
from ..scoring.tables import csv_text
from .status import State

OWN_RESULT = "own result on the clean image"
"""What a method is scored against where there is no truth: how steady it is, not how right."""
CLEAN_KIND = ""
"""In place of a degradation's key: the image as it is."""


@dataclass(frozen=True, eq=False)
class Measurement:
    """One entry on one degraded image.

    Attributes
    ----------
    entry
        Number of the entry, from 0.
    kind, level
        Degradation and its level; `CLEAN_KIND` and `CLEAN` for the image as it is.
    state
        How it ended.
    count
        Objects found; None without a result.
    seconds
        Of the prediction.
    score
        Against the truth or the entry's own clean result; None without a result, or without
        anything to score against.
    failure
        Why there is no result; empty where there is.
    """

    entry: int
    kind: str
    level: float
    state: State
    count: int | None = None
    seconds: float | None = None
    score: Score | None = None
    failure: str = ""


@dataclass(frozen=True, eq=False)
class Robustness:
    """What a run measured so far.

    Attributes
    ----------
    names
        Of the entries.
    levels
        Chosen levels by degradation.
    reference
        What the scores are against: the truth's name, or `OWN_RESULT`.
    diameter
        Median diameter of the cells in the clean image in pixels, where known.
    measurements
        In the order in which they were made.
    """

    names: tuple[str, ...]
    levels: Mapping[str, tuple[float, ...]]
    reference: str
    diameter: float | None = None
    measurements: tuple[Measurement, ...] = ()

    def positions(self, kind: str) -> list[float]:
        """Return the levels of a degradation as they are plotted, the clean image's included.

        It comes first; for the size of cells it stands where the cells' own size belongs.
        """
        levels = [CLEAN, *self.levels.get(kind, ())]
        own = self.diameter
        if kind == "cell_size" and own is not None:
            return sorted(levels, key=lambda level: own if level == CLEAN else level)
        return levels

    def text_of(self, kind: str, level: float) -> str:
        """Return what a level is called on an axis."""
        if level != CLEAN:
            return f"{level:g}"
        return "own" if kind == "cell_size" else "clean"

    def axis_of(self, kind: str) -> str:
        """Return what the levels of a degradation are."""
        own = kind == "cell_size" and self.diameter is not None
        return DEGRADATIONS[kind].level + (f"; own: {self.diameter:.3g}" if own else "")

    def failures(self) -> list[str]:
        """Say of each measurement without a result what it was and why."""
        return [
            f"{self.names[m.entry]}, {title_of_kind(m.kind)}"
            + (f" {m.level:g}" if m.kind else "")
            + f": {m.failure}"
            for m in self.measurements
            if m.failure
        ]

    def of(self, entry: int, kind: str) -> list[Measurement]:
        """Return an entry's measurements of a degradation in the order of `positions`."""
        found = {
            m.level: m
            for m in self.measurements
            if m.entry == entry and m.kind in (kind, CLEAN_KIND)
        }
        return [found[level] for level in self.positions(kind) if level in found]


def title_of_kind(kind: str) -> str:
    """Return what a degradation is called on screen."""
    return DEGRADATIONS[kind].title if kind else "Clean image"


def to_csv(robustness: Robustness) -> str:
    """Return all measurements at full precision; what is not known stays empty."""
    return csv_text(
        [
            "Result",
            "Degradation",
            "Level",
            "Level is",
            *(figure.title for figure in FIGURES),
            "Time (s)",
            "Scored against",
            "State",
            "Reason",
        ],
        (_row(robustness, one) for one in robustness.measurements),
    )


def _row(robustness: Robustness, one: Measurement) -> list[Any]:
    figures = [
        one.count
        if figure.definition is None
        else None
        if one.score is None
        else figure.value(one.score)
        for figure in FIGURES
    ]
    return [
        robustness.names[one.entry],
        title_of_kind(one.kind),
        one.level if one.kind else None,
        DEGRADATIONS[one.kind].level if one.kind else None,
        *figures,
        one.seconds,
        robustness.reference if one.score is not None else None,
        str(one.state),
        one.failure,
    ]
