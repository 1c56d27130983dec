"""Curves of the figures: against IoU, and precision against recall."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import qtpy
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from ..scoring.coco import RECALLS
from ..scoring.counts import THRESHOLDS
from .score_live import Result

METRICS = {"f1": "F1", "precision": "Precision", "recall": "Recall", "accuracy": "Accuracy"}
HEIGHT = 170


class ScorePlot(QWidget):
    """Two plots side by side."""

    def __init__(self) -> None:
        super().__init__()
        # Else pyqtgraph imports the first Qt binding that it finds.
        os.environ.setdefault("PYQTGRAPH_QT_LIB", qtpy.API_NAME)
        import pyqtgraph

        self._graph = pyqtgraph
        self._curves: dict[Any, tuple[Any, Any]] = {}
        self._shown: Sequence[tuple[Result, str]] = ()
        self._iou = THRESHOLDS[0]
        self.metric = QComboBox()
        for key, title in METRICS.items():
            self.metric.addItem(f"{title} against IoU", key)
        self.metric.currentIndexChanged.connect(self._draw)
        self.against_iou, self.precision_recall = pyqtgraph.PlotWidget(), pyqtgraph.PlotWidget()
        self._line = pyqtgraph.InfiniteLine(angle=90)
        self.against_iou.addItem(self._line)
        self.against_iou.setXRange(THRESHOLDS[0], THRESHOLDS[-1], padding=0.03)
        self.precision_recall.setXRange(0, 1, padding=0.03)
        self.against_iou.getAxis("bottom").setTicks([_ticks(5, 10, 1)])
        self.precision_recall.getAxis("bottom").setTicks([_ticks(0, 11)])
        self.against_iou.setLabel("bottom", "IoU")
        self.precision_recall.setLabel("bottom", "Recall")
        for plot in (self.against_iou, self.precision_recall):
            plot.setYRange(0, 1, padding=0.03)
            plot.setMouseEnabled(x=False, y=False)
            plot.hideButtons()
            plot.setMenuEnabled(False)
            plot.showGrid(x=True, y=True, alpha=0.15)
            plot.setFixedHeight(HEIGHT)
            # By itself a plot asks for 640 pixels, and the panel would cover the image.
            plot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            # Else pyqtgraph counts IoU in thousandths.
            plot.getAxis("bottom").enableAutoSIPrefix(False)
            plot.getAxis("left").setTicks([_ticks(0, 11)])
        self.title = QLabel()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for box, plot in ((self.metric, self.against_iou), (self.title, self.precision_recall)):
            column = QVBoxLayout()
            box.setFixedHeight(self.metric.sizeHint().height())
            column.addWidget(box)
            column.addWidget(plot)
            row.addLayout(column, 1)

    def set_theme(self, background: str, text: str) -> None:
        """Take over napari's colours."""
        for plot in (self.against_iou, self.precision_recall):
            plot.setBackground(background)
            for side in ("left", "bottom"):
                plot.getAxis(side).setPen(text)
                plot.getAxis(side).setTextPen(text)
        self._line.setPen(self._graph.mkPen(text, style=self._line.pen.style().DashLine))

    def show_results(self, results: Sequence[tuple[Result, str]], iou: float) -> None:
        """Draw results, each in its colour; precision-recall curves at an IoU threshold."""
        self._shown, self._iou = results, iou
        self._draw()

    def _draw(self, *_: object) -> None:
        self._line.setValue(self._iou)
        self.title.setText(f"Precision, recall (COCO) at IoU {self._iou:.2f}")
        present = {result.layer for result, _ in self._shown}
        for layer in set(self._curves) - present:
            for plot, curve in zip(self._plots(), self._curves.pop(layer), strict=True):
                plot.removeItem(curve)
        threshold = int(np.argmin(np.abs(np.array(THRESHOLDS) - self._iou)))
        for result, colour in self._shown:
            if result.layer not in self._curves:
                self._curves[result.layer] = tuple(plot.plot() for plot in self._plots())
            against, curve = self._curves[result.layer]
            values = getattr(result.score, self.metric.currentData())
            pen = self._graph.mkPen(colour, width=2)
            against.setData(THRESHOLDS, values, pen=pen)
            # Not a number where there is no true object: nothing is drawn.
            curve.setData(RECALLS, result.coco.precision[0, threshold], pen=pen)

    def _plots(self) -> tuple[Any, Any]:
        return self.against_iou, self.precision_recall


def _ticks(first: int, end: int, step: int = 2) -> list[tuple[float, str]]:
    """Return places and texts of ticks in tenths."""
    return [(tenth / 10, f"{tenth / 10:.1f}") for tenth in range(first, end, step)]
