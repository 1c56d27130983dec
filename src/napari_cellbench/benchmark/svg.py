"""Figures as SVG: to be put into a page, which has the colours, or into a file of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from .plots import Axis, Plot

WIDTH, HEIGHT = 460, 300
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 12, 44
TILTED = 62
"""Room below for names that are written aslant."""
LONG = 9
"""Letters from which names are written aslant, where there are several."""


def svg(plot: Plot, *, alone: bool = False) -> str:
    """Return a figure's drawing.

    Parameters
    ----------
    plot
        What it shows.
    alone
        Whether it is a file of its own, with title, legend and colours in it.
    """
    return str(_template().render(**_context(plot, alone)))


@cache
def _template() -> Any:
    from ..compare.report.page import templates

    return templates("napari_cellbench.benchmark").get_template("figure.svg")


def _context(plot: Plot, alone: bool) -> dict[str, Any]:
    names = [text for _, text in plot.x.ticks]
    aslant = len(names) > 1 and max(map(len, names), default=0) > LONG
    bottom = BOTTOM + TILTED * aslant
    above = 30 if alone else 0
    legend = 16 * len(plot.lines) if alone else 0
    height = HEIGHT + TILTED * aslant
    x = _scale(plot.x, LEFT, WIDTH - RIGHT)
    y = _scale(plot.y, height - bottom + above, TOP + above)
    return {
        "plot": plot,
        "alone": alone,
        "aslant": aslant,
        "x": x,
        "y": y,
        "clip": lambda value: y(min(max(value, plot.y.low), plot.y.high)),
        "shown": lambda value: plot.y.low <= value <= plot.y.high,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "top": TOP + above,
        "bottom": height - bottom + above,
        "width": WIDTH,
        "height": height + above + legend,
        "legend_top": height + above,
    }


def _scale(axis: Axis, start: float, end: float) -> Callable[[float], float]:
    span = axis.high - axis.low or 1.0

    def place(value: float) -> float:
        return round(start + (end - start) * (value - axis.low) / span, 1)

    return place
