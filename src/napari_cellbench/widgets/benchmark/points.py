"""Figures in the panel: an image a point, which a click opens, or F1 against IoU."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QVBoxLayout

from ...benchmark.measured import entries
from ...benchmark.report.contents import Experiment
from ...scoring.counts import THRESHOLDS
from ..choices import ChoiceBox
from ..plots import COLOURS, PlotPanel, new_plot

HEIGHT = 190
SPREAD = 0.3
"""Room to the sides that the points of a method take."""
POINTS, F1 = "points", "f1-iou-macro"
FIGURES = {
    POINTS: "Accuracy of each image",
    F1: "F1 against IoU, macro",
    "f1-iou-micro": "F1 against IoU, micro",
    "average-precision": "Cellpose's AP against IoU, macro",
}


class BenchmarkPlot(PlotPanel):
    """Draws an experiment.

    Parameters
    ----------
    viewer
        napari's viewer, whose theme gives the colours.

    Signals
    -------
    chosen(row)
        A point was clicked.
    """

    chosen = Signal(object)

    def __init__(self, viewer: Any) -> None:
        super().__init__(viewer)
        self.figure = ChoiceBox("What is drawn")
        for key, title in FIGURES.items():
            self.figure.addItem(title, key)
        self.plot = new_plot(HEIGHT)
        self.plot.addLegend(offset=(-1, 1), labelTextSize="8pt")
        self.points: list[Any] = []
        self._experiment: Experiment | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.figure)
        column.addWidget(self.plot)
        self.figure.currentIndexChanged.connect(self._draw)
        self.follow_theme()

    def show_experiment(self, experiment: Experiment) -> None:
        """Draw this one."""
        self._experiment = experiment
        self._draw()

    def _draw(self, *_: object) -> None:
        self.plot.clear()
        self.points = []
        if self._experiment is None:
            return
        axis = self.plot.getAxis("bottom")
        axis.enableAutoSIPrefix(False)
        key = self.figure.currentData()
        if key == POINTS:
            self._draw_points(self._experiment)
            self.plot.setLabel("left", "Accuracy")
            self.plot.setLabel("bottom", "")
        else:
            axis.setTicks(None)
            self.plot.setXRange(THRESHOLDS[0], THRESHOLDS[-1])
            self.plot.setLabel("bottom", "IoU threshold")
            self.plot.setLabel("left", "AP" if key == "average-precision" else "F1")
            colours = _colours(self._experiment)
            for plot in self._experiment.plots:
                if plot.key == key:
                    for curve in plot.curves:
                        x, y = np.array(curve.points).T
                        pen = self._graph.mkPen(colours[curve.line.name], width=2)
                        self.plot.plot(x, y, pen=pen, name=curve.line.name)
        self.plot.setYRange(0, 1)

    def _draw_points(self, experiment: Experiment) -> None:
        names, colours = entries(experiment.rows), _colours(experiment)
        self.plot.getAxis("bottom").setTicks([list(enumerate(names))])
        self.plot.setXRange(-0.5, len(names) - 0.5)
        random = np.random.default_rng(0)
        for at, name in enumerate(names):
            own = experiment.rows.filter(entry=name, state="done")
            rows = [r for r in own.iter_rows(named=True) if r["task_accuracy"] is not None]
            scatter = self._graph.ScatterPlotItem(
                x=at + random.uniform(-SPREAD, SPREAD, len(rows)),
                y=[row["task_accuracy"] for row in rows],
                data=rows,
                size=8,
                brush=self._graph.mkBrush(colours[name]),
                pen=None,
                hoverable=True,
                tip=lambda x, y, data: f"{data['image']}: {y:.3f}",
            )
            scatter.sigClicked.connect(self._clicked)
            self.plot.addItem(scatter)
            self.points.append(scatter)

    def _clicked(self, _plot: object, points: Any, *_: object) -> None:
        if len(points):
            self.chosen.emit(points[0].data())


def _colours(experiment: Experiment) -> Mapping[str, str]:
    return {n: COLOURS[i % len(COLOURS)] for i, n in enumerate(entries(experiment.rows))}
