"""Find the best distance: every distance is scored in a thread, and the best is offered."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QGridLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
)

from ...data import Instances
from ...errors import CellbenchError, sentence
from ...morphology import DistanceCurve, fit_distance
from ...morphology.fit import Way
from ..choices import ChoiceBox
from ..jobs.latest import LatestJob, Report
from ..notify import complain
from .curve import FIGURES, CurvePlot

Images = Iterable[tuple[NDArray[Any], Instances | NDArray[Any]]]

WAYS: dict[Way, str] = {
    "distance": "Straight-line distance",
    "iterations": "Iterations; cells stop each other",
    "masks": "Iterations; each by itself (paper)",
}
"""Ways to grow, as the user reads them; "masks" gives no labels layer, since cells overlap."""
STEPS = 10
"""Pixels that are tried, as in the benchmark paper's Figure 5."""
OVERLAPPING = (
    "<br>Of cells that may overlap. In a labels layer they stop each other, so its figures differ "
    "where cells meet."
)
OUTDATED = "<br>The layers have changed since: press Find again."


class BestDistance(QGroupBox):
    """Scores distances in a thread of its own and offers the best.

    Parameters
    ----------
    viewer
        napari's viewer.

    Signals
    -------
    asked(bool)
        The user wants the best distance: of all loaded images if True, else of the chosen one. The
        answer is `find` or `fail`.
    used(distance, way)
        The user takes the best distance, measured in this way.
    """

    asked = Signal(bool)
    used = Signal(float, str)

    def __init__(self, viewer: Any) -> None:
        super().__init__("Find the best")
        self._viewer = viewer
        self.job = LatestJob()
        self.curve: DistanceCurve | None = None
        self.outdated = False
        self.plot: CurvePlot | None = None
        self.scope = ChoiceBox("Which images are scored together")
        self.direction = ChoiceBox("Whether labels grow or shrink")
        self.figure = ChoiceBox("The figure that is to be highest")
        self.way = ChoiceBox()
        self._way: Way = "distance"
        self.find_button, self.use_button = QPushButton("Find"), QPushButton("Use")
        self.answer = QLabel()
        self._build()
        self.find_button.clicked.connect(self._ask)
        self.use_button.clicked.connect(self._use)
        self.figure.currentIndexChanged.connect(self._show)
        self.job.delivered.connect(self._take)
        self.job.failed.connect(self.fail)

    def find(self, images: Images) -> None:
        """Score all distances on (labels, truth) of each image; they are read in the thread."""
        self.job.drop()
        self.outdated = False
        self.find_button.setEnabled(False)
        self.answer.setText("Scoring every distance…")
        sign, self._way = self.direction.currentData(), self.way.currentData()
        distances = [float(sign * d) for d in range(STEPS + 1)]
        self.job.submit(partial(_fit, images, distances, self._way))

    def fail(self, error: Exception) -> None:
        """Say why there is no best distance."""
        self.clear()
        self.answer.setText(sentence(error))
        if not isinstance(error, CellbenchError):
            complain(error)

    def best(self) -> float:
        """Return the distance with the highest figure; NaN while there is none."""
        if self.curve is None:
            return float("nan")
        return self.curve.best(self.figure.currentData())

    def clear(self) -> None:
        """Forget the curve: other layers are chosen."""
        self.job.drop()
        self.curve, self.outdated = None, False
        self.find_button.setEnabled(True)
        self._show()

    def outdate(self) -> None:
        """Show that the layers have changed since the curve was computed."""
        if self.curve is not None or self.job.busy:
            self.outdated = True
            self._show()

    def close_best(self) -> None:
        """Stop the thread and follow the viewer no longer."""
        self.job.stop()
        if self.plot is not None:
            self.plot.close_plot()

    def _ask(self, *_: object) -> None:
        self.asked.emit(self.scope.currentData())

    def _use(self, *_: object) -> None:
        self.used.emit(self.best(), self._way)

    def _take(self, result: DistanceCurve | int) -> None:
        if isinstance(result, int):
            self.answer.setText(f"Scoring every distance… image {result} done.")
            return
        self.curve = result
        self.find_button.setEnabled(True)
        self._show()

    def _show(self, *_: object) -> None:
        best = self.best()
        self.use_button.setEnabled(not np.isnan(best))
        if self.curve is None:
            if self.find_button.isEnabled():
                self.answer.setText("")
            if self.plot is not None:
                self.plot.hide()
            return
        key = self.figure.currentData()
        if np.isnan(best):
            text = "The truth has no cells: there is nothing to fit."
        else:
            value = getattr(self.curve, key)[self.curve.distances == best][0]
            text = f"Best {FIGURES[key]} <b>{value:.3f}</b> at <b>{best:+g} px</b>"
            text += OVERLAPPING if self._way == "masks" and best > 0 else ""
        self.answer.setText(text + (OUTDATED if self.outdated else ""))
        if self.plot is None:
            self.plot = CurvePlot(self._viewer)
            self.layout().addWidget(self.plot)
        self.plot.show()
        self.plot.draw(self.curve, key, best, outdated=self.outdated)

    def _build(self) -> None:
        self.scope.addItem("This image", False)
        self.scope.addItem("All loaded images", True)
        self.direction.addItem("Dilation", 1)
        self.direction.addItem("Erosion", -1)
        for key, name in FIGURES.items():
            self.figure.addItem(f"by {name}", key)
        # The paper's, of its Figure 5.
        self.figure.setCurrentIndex(self.figure.findData("mean_iou"))
        for way, title in WAYS.items():
            self.way.addItem(title, way)
        self.answer.setWordWrap(True)
        choices = QGridLayout()
        choices.addWidget(self.scope, 0, 0)
        choices.addWidget(self.direction, 0, 1)
        choices.addWidget(self.way, 1, 0, 1, 2)
        choices.addWidget(self.figure, 2, 0)
        choices.addWidget(self.find_button, 2, 1)
        answer = QHBoxLayout()
        answer.addWidget(self.answer, 1)
        answer.addWidget(self.use_button)
        column = QVBoxLayout(self)
        column.addLayout(choices)
        column.addLayout(answer)
        self.find_button.setToolTip(f"Score every distance from 0 to {STEPS} px")
        self.use_button.setToolTip("Put the slider to the best distance, measured in this way")
        self.way.setToolTip(
            "How cells grow. The first two ways give a label image, in which cells stop where they "
            "meet. The benchmark paper (Figure 5) dilated each cell’s mask by itself, so that "
            "cells may overlap: only the third way compares with its figures. Both kinds of "
            "iterations erode alike."
        )
        self.use_button.setEnabled(False)


def _fit(images: Images, distances: list[float], way: Way, report: Report) -> None:
    report(fit_distance(images, distances, report, way))
