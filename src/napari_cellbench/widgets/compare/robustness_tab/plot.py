"""Score against the level of a degradation, a curve for each method."""

from __future__ import annotations

import math
from html import escape
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from ....compare.robustness import Robustness, title_of_kind
from ....scoring.figures import FIGURES, Figure
from ...choices import choice_box
from ...plots import COLOURS, PlotPanel, new_plot

HEIGHT = 220
TITLES = {figure.title: figure for figure in FIGURES}
FIRST = "F1@.5"


class RobustnessPlot(PlotPanel):
    """The plot, what it shows, and the legend.

    Parameters
    ----------
    viewer
        napari's viewer, whose theme gives the colours.
    """

    def __init__(self, viewer: Any) -> None:
        super().__init__(viewer)
        self.shown: Robustness | None = None
        self.kind = choice_box({}, "In which way the image was made worse")
        self.figure = choice_box(
            {title: title for title in TITLES},
            "What is plotted; each figure is explained in the Results tab",
        )
        self.plot = new_plot(HEIGHT)
        self.legend = QLabel()
        self._build()
        self.follow_theme()

    def chosen_figure(self) -> Figure:
        """Return the figure that is plotted."""
        return TITLES[self.figure.currentData()]

    def show_robustness(self, measured: Robustness) -> None:
        """Show what has been measured so far."""
        kinds = list(measured.levels)
        if kinds != [self.kind.itemData(i) for i in range(self.kind.count())]:
            before, blocked = self.kind.currentData(), self.kind.blockSignals(True)
            self.kind.clear()
            for kind in kinds:
                self.kind.addItem(title_of_kind(kind), kind)
            self.kind.setCurrentIndex(max(0, self.kind.findData(before)))
            self.kind.blockSignals(blocked)
        self.shown = measured
        self._draw()

    def clear(self) -> None:
        """Show nothing."""
        self.shown = None
        self.kind.clear()
        self.legend.clear()
        self._draw()

    def _draw(self, *_: object) -> None:
        measured, kind, figure = self.shown, self.kind.currentData(), self.chosen_figure()
        self.plot.clear()
        if measured is None or kind is None:
            return
        positions = measured.positions(kind)
        top = 1.0
        for entry in range(len(measured.names)):
            points = [
                (positions.index(m.level), value)
                for m in measured.of(entry, kind)
                if not math.isnan(value := figure_of(m, figure))
            ]
            colour = COLOURS[entry % len(COLOURS)]
            x, y = [place for place, _ in points], [value for _, value in points]
            top = max([top, *y])
            self.plot.plot(
                x,
                y,
                pen=self._graph.mkPen(colour, width=2),
                symbol="o",
                symbolSize=6,
                symbolBrush=colour,
                symbolPen=None,
            )
        ticks = [(i, measured.text_of(kind, level)) for i, level in enumerate(positions)]
        self.plot.getAxis("bottom").setTicks([ticks])
        self.plot.setLabel("bottom", measured.axis_of(kind))
        self.plot.setXRange(0, max(1, len(positions) - 1), padding=0.08)
        self.plot.setYRange(0, top, padding=0.05)
        self.legend.setText(" &nbsp; ".join(map(_key, enumerate(measured.names))))

    def _build(self) -> None:
        self.figure.setCurrentIndex(self.figure.findData(FIRST))
        self.kind.currentIndexChanged.connect(self._draw)
        self.figure.currentIndexChanged.connect(self._draw)
        self.plot.showGrid(x=False, y=True, alpha=0.15)
        # Else pyqtgraph counts in thousandths.
        for side in ("bottom", "left"):
            self.plot.getAxis(side).enableAutoSIPrefix(False)
        self.legend.setWordWrap(True)
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        row = QHBoxLayout()
        row.addWidget(self.kind, 2)
        row.addWidget(self.figure, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.plot)
        column.addWidget(self.legend)


def figure_of(one: Any, figure: Figure) -> float:
    """Return a figure of a measurement; NaN where there is none."""
    if figure.definition is None:
        return float("nan") if one.count is None else float(one.count)
    return float("nan") if one.score is None else figure.value(one.score)


def _key(numbered: tuple[int, str]) -> str:
    number, name = numbered
    return f'<span style="color: {COLOURS[number % len(COLOURS)]}">■</span>&nbsp;{escape(name)}'
