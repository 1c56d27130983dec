"""Accuracy of all results by size, elongation and convexity of the cells."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QVBoxLayout

from ....scoring.strata import Share, quantile_edges, strata
from ...choices import choice_box, row_of
from ...plots import COLOURS, PlotPanel, new_plot, take_theme
from .work import Answer

PROPERTIES = {
    "size": "By size (px)",
    "elongation": "By elongation (1 is round)",
    "convexity": "By convexity (1 is convex)",
}
FIGURES = {"recall": "Recall of true cells", "precision": "Precision of found cells"}
BINS = 4
HEIGHT = 220
ALL_BARS = 0.8
"""Width of the bars of all results together, of the width of a bin."""
CAPTION = "The lines are Wilson's 95 % intervals."
NAME = 44
"""Names are cut to so many characters."""


class BarPlot(PlotPanel):
    """Bars with 95 % intervals, a colour a result.

    Parameters
    ----------
    viewer
        napari's viewer, whose theme gives the colours.
    """

    def __init__(self, viewer: Any) -> None:
        super().__init__(viewer)
        self._answer: Answer | None = None
        self._shares: list[Share] = []
        self._bins: list[str] = []
        self.property, self.figure = (
            choice_box(
                PROPERTIES, "What the true cells are sorted by; bins hold equally many of them"
            ),
            choice_box(FIGURES, "What is drawn for each group"),
        )
        self.legend, self.caption = QLabel(), QLabel(CAPTION)
        for label in (self.legend, self.caption):
            label.setWordWrap(True)
        self.plot = new_plot(HEIGHT)
        # With room beyond the ends, else their numbers aren't shown.
        self.plot.setYRange(0, 1, padding=0.06)
        self.plot.showGrid(x=False, y=True, alpha=0.15)
        self.plot.getAxis("left").setTicks([[(k / 5, f"{k / 5:.1f}") for k in range(6)]])
        self.plot.getAxis("bottom").setHeight(44)
        self.plot.getAxis("bottom").setStyle(tickLength=0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row_of(self.figure, self.property))
        column.addWidget(self.plot)
        column.addWidget(self.caption)
        column.addWidget(self.legend)
        self.plot.scene().sigMouseMoved.connect(self._hover)
        self.property.currentIndexChanged.connect(self._draw)
        self.figure.currentIndexChanged.connect(self._draw)
        self.follow_theme()

    def take_theme(self, event: Any = None) -> None:
        """Take over napari's colours."""
        self._draw()

    def show_answer(self, answer: Answer) -> None:
        """Show all results of an answer."""
        self._answer = answer
        self._draw()

    def _draw(self, *_: object) -> None:
        text = take_theme(self.plot, self._viewer)
        answer = self._answer
        self.plot.clear()
        self._shares, self._bins = [], []
        self.caption.setText(CAPTION)
        if answer is None:
            return
        name = self.property.currentData()
        true_values = answer.truth[name]
        if not np.isfinite(true_values).any():
            return
        edges = quantile_edges(true_values, BINS)
        n = len(answer.findings)
        width = ALL_BARS / n
        for k, (found, features) in enumerate(zip(answer.findings, answer.features, strict=True)):
            made = strata(true_values, found.found, features[name], found.right, edges)
            share = made.recall if self.figure.currentData() == "recall" else made.precision
            self._shares.append(share)
            at = np.arange(len(edges) - 1) + (k - (n - 1) / 2) * width
            self._bars(share, at, width, COLOURS[k % len(COLOURS)], text)
        counts = np.histogram(true_values[np.isfinite(true_values)], edges)[0]
        self._bins = [f"{low:.3g} – {high:.3g}" for low, high in pairwise(edges)]
        ticks = [
            (i, f"{text}\n{number:,} true")
            for i, (text, number) in enumerate(zip(self._bins, counts, strict=True))
        ]
        self.plot.getAxis("bottom").setTicks([ticks])
        self.plot.setXRange(-0.5, len(edges) - 1.5, padding=0.02)
        self._name(answer)

    def _bars(self, share: Share, at: Any, width: float, colour: str, text: str) -> None:
        there = share.total > 0
        at, value = at[there], share.value[there]
        brush = self._graph.mkBrush(colour)
        bars = self._graph.BarGraphItem(
            x=at, height=value, width=0.9 * width, brush=brush, pen=None
        )
        self.plot.addItem(bars)
        self.plot.addItem(
            self._graph.ErrorBarItem(
                x=at,
                y=value,
                top=share.high[there] - value,
                bottom=value - share.low[there],
                beam=0.4 * width,
                pen=self._graph.mkPen(text, width=1),
            )
        )

    def _name(self, answer: Answer) -> None:
        metrics = self.fontMetrics()
        room = metrics.averageCharWidth() * NAME
        parts = [
            f'<span style="color: {COLOURS[k % len(COLOURS)]}">■</span>&nbsp;'
            + metrics.elidedText(seen.name, Qt.TextElideMode.ElideMiddle, room)
            .replace("&", "&amp;")
            .replace("<", "&lt;")
            for k, seen in enumerate(answer.question.seen)
        ]
        self.legend.setText(" &nbsp; ".join(parts))

    def _hover(self, position: Any) -> None:
        """Say what the bar under the pointer stands for."""
        self.caption.setText(self._describe(self.plot.getViewBox().mapSceneToView(position).x()))

    def _describe(self, x: float) -> str:
        n, place = len(self._shares), round(x)
        if self._answer is None or not n or not 0 <= place < len(self._bins):
            return CAPTION
        k = int(np.floor((x - place) / ALL_BARS * n + n / 2))
        if not 0 <= k < n or not self._shares[k].total[place]:
            return CAPTION
        share, name = self._shares[k], self._answer.question.seen[k].name
        return (
            f"{name}, {self._bins[place]}: {share.value[place]:.2f} "
            f"({share.right[place]:,} of {share.total[place]:,}; "
            f"{share.low[place]:.2f} to {share.high[place]:.2f})"
        )
