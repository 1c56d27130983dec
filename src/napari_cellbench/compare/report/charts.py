"""Scores against the levels of degradations: curves as vectors, and a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...scoring.figures import Figure
from ..robustness import CLEAN_KIND, OWN_RESULT, Robustness, title_of_kind

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#000000")
"""Okabe and Ito's, which the colour-blind can tell apart; yellow isn't seen on paper."""
DASHES = ("", "6 3", "2 2", "8 3 2 3")
"""Of the second, third and fourth set of seven curves."""
WIDTH, HEIGHT = 300, 170
LEFT, RIGHT, TOP, BOTTOM = 34, 12, 8, 36


@dataclass(frozen=True)
class Line:
    """How a result is drawn in every chart."""

    name: str
    colour: str
    dash: str


@dataclass(frozen=True)
class Curve:
    """A line and its points, (x, y) of the chart."""

    line: Line
    points: tuple[tuple[float, float], ...]

    @property
    def polyline(self) -> str:
        """Return the points as SVG writes them."""
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in self.points)


@dataclass(frozen=True)
class Chart:
    """Score against level of one degradation.

    Attributes
    ----------
    title, axis
        What is degraded, and what the levels are.
    ticks
        Where each level stands, and what it is called.
    values
        Where each labelled value stands, and its text.
    curves
        One for each result that has points.
    """

    title: str
    axis: str
    ticks: tuple[tuple[float, str], ...]
    values: tuple[tuple[float, str], ...]
    curves: tuple[Curve, ...]


def lines(names: Sequence[str]) -> tuple[Line, ...]:
    """Return a colour and a dash for each name; they repeat after 28."""
    return tuple(
        Line(name, COLOURS[i % len(COLOURS)], DASHES[i // len(COLOURS) % len(DASHES)])
        for i, name in enumerate(names)
    )


def robustness(measured: Robustness | None, figure: Figure) -> dict[str, Any] | None:
    """Return what the page shows of a run on degraded images; None without one."""
    if measured is None:
        return None
    looks = lines(measured.names)
    return {
        "reference": measured.reference,
        "is_own": measured.reference == OWN_RESULT,
        "figure": figure,
        "lines": looks,
        "charts": [_chart(measured, kind, figure, looks) for kind in measured.levels],
        "rows": _rows(measured, figure),
        "failures": measured.failures(),
    }


def _chart(measured: Robustness, kind: str, figure: Figure, looks: Sequence[Line]) -> Chart:
    levels = measured.positions(kind)
    values = {
        entry: [
            (levels.index(m.level), figure.value(m.score))
            for m in measured.of(entry, kind)
            if m.score is not None and not math.isnan(figure.value(m.score))
        ]
        for entry in range(len(looks))
    }
    # All figures but the error rate end at 1.
    top = max([1.0, *(value for points in values.values() for _, value in points)])
    x = np.linspace(LEFT, WIDTH - RIGHT, 2 * len(levels) + 1)[1::2].tolist()

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / top

    return Chart(
        title_of_kind(kind),
        measured.axis_of(kind),
        tuple((at, measured.text_of(kind, one)) for at, one in zip(x, levels, strict=True)),
        tuple((y(share * top), f"{share * top:.2g}") for share in (0, 0.25, 0.5, 0.75, 1)),
        tuple(
            Curve(look, tuple((x[place], y(value)) for place, value in values[entry]))
            for entry, look in enumerate(looks)
            if values[entry]
        ),
    )


def _rows(measured: Robustness, figure: Figure) -> list[tuple[str, str, list[str]]]:
    """Return degradation, level, and for each result its score and number of cells."""
    keys = dict.fromkeys((m.kind, m.level) for m in measured.measurements)
    found = {(m.kind, m.level, m.entry): m for m in measured.measurements}
    table = []
    for kind, level in keys:
        texts = []
        for entry in range(len(measured.names)):
            one = found.get((kind, level, entry))
            score = figure.text(one.score) if one and one.score is not None else "–"
            count = f" ({one.count:,})" if one and one.count is not None else ""
            texts.append(score + count)
        name = "" if kind == CLEAN_KIND else f"{level:g}"
        table.append((title_of_kind(kind), name, texts))
    return table
