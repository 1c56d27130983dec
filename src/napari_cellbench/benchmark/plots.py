"""What a figure shows, however it is drawn: by the report as SVG, by the panel in its window."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..compare.report.charts import Line, lines


@dataclass(frozen=True)
class Axis:
    """An axis, with what stands at its ticks.

    Attributes
    ----------
    title
        What it is of.
    low, high
        Its ends.
    ticks
        Places and texts.
    """

    title: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Curve:
    """A line through points (x, y), or the points alone."""

    line: Line
    points: tuple[tuple[float, float], ...]
    is_joined: bool = True


@dataclass(frozen=True)
class Box:
    """A box plot of values: Tukey's, with whiskers of 1.5 times the box.

    Attributes
    ----------
    line
        How it is drawn.
    x, width
        Where its middle is, and how wide it is.
    low, lower, middle, upper, high
        End of the whisker, quartiles, other end.
    outliers
        What lies outside.
    count
        Number of values.
    """

    line: Line
    x: float
    width: float
    low: float
    lower: float
    middle: float
    upper: float
    high: float
    outliers: tuple[float, ...]
    count: int


@dataclass(frozen=True)
class Plot:
    """A figure with two axes.

    Attributes
    ----------
    key
        Names its file.
    title
        What it shows.
    caption
        Which mean it is, by which equation, and whose.
    x, y
        Axes.
    lines
        What its legend names.
    curves, boxes
        What is drawn.
    levels
        Horizontal lines: value and what it is.
    """

    key: str
    title: str
    caption: str
    x: Axis
    y: Axis
    lines: tuple[Line, ...]
    curves: tuple[Curve, ...] = ()
    boxes: tuple[Box, ...] = ()
    levels: tuple[tuple[float, str], ...] = field(default=())


@dataclass(frozen=True)
class Matrix:
    """A figure of fields, the darker the higher.

    Attributes
    ----------
    key, title, caption
        As of a `Plot`.
    rows, columns
        Their names.
    values
        By row and column; None where there is none.
    """

    key: str
    title: str
    caption: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]


def unit_axis(title: str, high: float = 1.0) -> Axis:
    """Return an axis from 0 to a value, with six ticks."""
    steps = np.linspace(0, high, 6).tolist()
    return Axis(title, 0.0, high, tuple((at, f"{at:.3g}") for at in steps))


def named_axis(title: str, names: Sequence[str]) -> Axis:
    """Return an axis with a name at 0, 1, .."""
    return Axis(title, -0.5, len(names) - 0.5, tuple(enumerate(map(str, names))))


def number_axis(title: str, values: Iterable[float]) -> Axis:
    """Return an axis that holds all values, with round ticks."""
    known = [value for value in values if math.isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    rough = (high - low) / 5
    power = 10 ** math.floor(math.log10(rough))
    step = next(f * power for f in (1, 2, 5, 10) if f * power >= rough * 0.999)
    first, last = math.floor(low / step), math.ceil(high / step)
    ticks = [number * step for number in range(first, last + 1)]
    return Axis(title, ticks[0], ticks[-1], tuple((at, f"{at:.6g}") for at in ticks))


def looks(names: Sequence[str]) -> Mapping[str, Line]:
    """Return how each method is drawn, the same in all figures of a report."""
    return dict(zip(names, lines(names), strict=True))


def box(line: Line, x: float, width: float, values: Sequence[float]) -> Box:
    """Return the box plot of values.

    Box: quartiles. Whiskers: the outermost values within 1.5 interquartile ranges of the box
    (Caicedo et al. 2019, Figure 2).
    """
    ordered = np.sort(np.asarray(values, float))
    lower, middle, upper = np.quantile(ordered, [0.25, 0.5, 0.75]).tolist()
    reach = 1.5 * (upper - lower)
    inside = (ordered >= lower - reach) & (ordered <= upper + reach)
    within = ordered[inside]
    return Box(
        line,
        x,
        width,
        # A whisker doesn't end within the box, however few values there are.
        min(float(within[0]), lower),
        lower,
        middle,
        upper,
        max(float(within[-1]), upper),
        tuple(ordered[~inside].tolist()),
        len(ordered),
    )
