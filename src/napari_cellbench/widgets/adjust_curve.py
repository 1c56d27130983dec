"""Find the best distance: agreement with the truth by distance, plotted, and the best one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np
import qtpy
from numpy.typing import NDArray
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QComboBox,
    QGridLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
)

from ..errors import CellbenchError
from ..morphology import DistanceCurve, fit_distance
from .adjust_thread import LatestJob, Report
from .notify import complain

Images = Iterable[tuple[NDArray[Any], NDArray[Any]]]

FIGURES = {"mean_iou": "mean IoU", "AP50": "AP50", "mAP": "mAP"}
"""Figures of `DistanceCurve`, with their names on screen."""
COLOURS = {"mean_iou": "#56b4e9", "AP50": "#e69f00", "mAP": "#009e73"}
"""Okabe and Ito's, which colour-blind people can tell apart."""
STEPS = 10
"""Pixels that are tried, as in the benchmark paper's Figure 5."""


class BestDistance(QGroupBox):
    """Scores distances in a thread of its own and offers the best.

    Parameters
    ----------
    viewer
        napari's viewer; its theme gives the colours.
    images
        Returns the (labels, truth) images to score: of all loaded samples if True is passed, else
        of the chosen one. Raises `InputError` if there are none. What it returns is read in the
        thread.
    """

    used = Signal(float)

    def __init__(self, viewer: Any, images: Callable[[bool], Images]) -> None:
        super().__init__("Find the best")
        self._viewer, self._images = viewer, images
        self.job = LatestJob()
        self.curve: DistanceCurve | None = None
        self.scope = QComboBox()
        self.scope.addItem("This image", False)
        self.scope.addItem("All loaded images", True)
        self.direction = QComboBox()
        self.direction.addItem("Dilation", 1)
        self.direction.addItem("Erosion", -1)
        self.figure = QComboBox()
        for key, name in FIGURES.items():
            self.figure.addItem(f"by {name}", key)
        self.find_button = QPushButton("Find")
        self.use_button = QPushButton("Use")
        self.answer = QLabel()
        self.answer.setWordWrap(True)
        self._plot: Any = None
        self._build()
        self.find_button.clicked.connect(self.find)
        self.use_button.clicked.connect(lambda: self.used.emit(self.best()))
        self.figure.currentIndexChanged.connect(self._show)
        self.job.delivered.connect(self._take)
        self.job.failed.connect(self._fail)

    def find(self) -> None:
        """Score all distances."""
        try:
            images = self._images(self.scope.currentData())
        except CellbenchError as error:
            self._fail(error)
            return
        self.job.drop()
        self.find_button.setEnabled(False)
        self.answer.setText("Scoring every distance…")
        sign = self.direction.currentData()
        self.job.submit(partial(_fit, images, [float(sign * d) for d in range(STEPS + 1)]))

    def best(self) -> float:
        """Return the distance with the highest figure; NaN while there is none."""
        if self.curve is None:
            return float("nan")
        return self.curve.best(self.figure.currentData())

    def clear(self) -> None:
        """Forget the curve: other layers are chosen."""
        self.job.drop()
        self.curve = None
        self.find_button.setEnabled(True)
        self._show()

    def _take(self, result: DistanceCurve | int) -> None:
        if isinstance(result, int):
            self.answer.setText(f"Scoring every distance… image {result} done.")
            return
        self.curve = result
        self.find_button.setEnabled(True)
        self._show()

    def _fail(self, error: Exception) -> None:
        self.clear()
        self.answer.setText(str(error))
        if not isinstance(error, CellbenchError):
            complain(error)

    def _show(self, *_: object) -> None:
        best = self.best()
        self.use_button.setEnabled(not np.isnan(best))
        if self.curve is None:
            self.answer.setText("")
        elif np.isnan(best):
            self.answer.setText("The truth has no cells: there is nothing to fit.")
        else:
            key = self.figure.currentData()
            value = getattr(self.curve, key)[self.curve.distances == best][0]
            self.answer.setText(f"Best {FIGURES[key]} <b>{value:.3f}</b> at <b>{best:+g} px</b>")
        if self.curve is not None and self._plot is None:
            self._plot = _new_plot(self._viewer)
            self.layout().addWidget(self._plot)
        if self._plot is not None:
            self._plot.setVisible(self.curve is not None)
            if self.curve is not None:
                _draw(self._plot, self.curve, self.figure.currentData(), best)

    def _build(self) -> None:
        choices = QGridLayout()
        choices.addWidget(self.scope, 0, 0)
        choices.addWidget(self.direction, 0, 1)
        choices.addWidget(self.figure, 1, 0)
        choices.addWidget(self.find_button, 1, 1)
        answer = QHBoxLayout()
        answer.addWidget(self.answer, 1)
        answer.addWidget(self.use_button)
        for box in (self.scope, self.direction, self.figure):
            box.setSizeAdjustPolicy(box.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(6)
        column = QVBoxLayout(self)
        column.addLayout(choices)
        column.addLayout(answer)
        self.find_button.setToolTip(f"Score every distance from 0 to {STEPS} px")
        self.use_button.setToolTip("Put the slider to the best distance")
        self.use_button.setEnabled(False)


def _fit(images: Images, distances: list[float], report: Report) -> None:
    report(fit_distance(images, distances, report))


def _new_plot(viewer: Any) -> Any:
    os.environ.setdefault("PYQTGRAPH_QT_LIB", qtpy.API_NAME)
    import pyqtgraph
    from napari.utils.theme import get_theme

    colour = get_theme(viewer.theme).text.as_hex()
    plot = pyqtgraph.PlotWidget(background=None)
    plot.setFixedHeight(190)
    plot.setMinimumWidth(120)
    plot.setMenuEnabled(False)
    plot.setMouseEnabled(False, False)
    plot.hideButtons()
    plot.showGrid(x=False, y=True, alpha=0.15)
    for side, text in (("bottom", "distance in px"), ("left", "agreement")):
        axis = plot.getAxis(side)
        axis.setPen(colour)
        axis.setTextPen(colour)
        axis.setLabel(text)
    plot.addLegend(offset=(-1, 1), labelTextColor=colour)
    return plot


def _draw(plot: Any, curve: DistanceCurve, chosen: str, best: float) -> None:
    import pyqtgraph

    plot.clear()
    for key, name in FIGURES.items():
        pen = pyqtgraph.mkPen(COLOURS[key], width=2.5 if key == chosen else 1.5)
        values = getattr(curve, key)
        plot.plot(curve.distances, values, pen=pen, name=name)
        if key == chosen and not np.isnan(best):
            at = curve.distances == best
            plot.addLine(x=best, pen=pyqtgraph.mkPen(COLOURS[key], style=Qt.PenStyle.DashLine))
            plot.plot(
                curve.distances[at],
                values[at],
                pen=None,
                symbol="o",
                symbolSize=10,
                symbolBrush=COLOURS[key],
            )
