"""Curves of the figures: against IoU, and precision against recall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from qtpy.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from ...scoring.coco import RECALLS
from ...scoring.counts import THRESHOLDS
from ..choices import ChoiceBox
from ..plots import PlotPanel, new_plot, take_theme
from .types import Result

METRICS = {"f1": "F1", "precision": "Precision", "recall": "Recall", "accuracy": "Accuracy"}
HEIGHT = 170
PADDING = 0.06
"""Room beside the axes' ends, so that their labels are shown."""


class ScorePlot(PlotPanel):
    """Two plots side by side.

    Parameters
    ----------
    viewer
        napari's viewer, whose theme gives the colours.
    """

    def __init__(self, viewer: Any) -> None:
        super().__init__(viewer)
        self._curves: dict[Any, tuple[Any, Any]] = {}
        self._shown: Sequence[tuple[Result, str]] = ()
        self._iou = THRESHOLDS[0]
        self.metric = ChoiceBox("Which figure is drawn against the IoU threshold")
        for key, title in METRICS.items():
            self.metric.addItem(f"{title} against IoU", key)
        self.metric.currentIndexChanged.connect(self._draw)
        self.against_iou, self.precision_recall = new_plot(HEIGHT), new_plot(HEIGHT)
        self.title = QLabel()
        self.title.setToolTip("As COCO draws it: the best precision at this recall or more")
        self._line = self._graph.InfiniteLine(angle=90)
        self._build()
        self.follow_theme()

    def take_theme(self, event: Any = None) -> None:
        """Take over napari's colours."""
        for plot in self._plots():
            text = take_theme(plot, self._viewer)
        self._line.setPen(self._graph.mkPen(text, style=self._line.pen.style().DashLine))

    def show_results(self, results: Sequence[tuple[Result, str]], iou: float) -> None:
        """Draw results, each in its colour; precision-recall curves at an IoU threshold."""
        self._shown, self._iou = results, iou
        self._draw()

    def _draw(self, *_: object) -> None:
        self._line.setValue(self._iou)
        self.title.setText(f"Precision–recall, IoU {self._iou:.2f}")
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

    def _build(self) -> None:
        self.against_iou.addItem(self._line)
        self.against_iou.setXRange(THRESHOLDS[0], THRESHOLDS[-1], padding=PADDING)
        self.precision_recall.setXRange(0, 1, padding=PADDING)
        self.against_iou.getAxis("bottom").setTicks([_ticks(5, 10, 1)])
        self.precision_recall.getAxis("bottom").setTicks([_ticks(0, 11)])
        self.against_iou.setLabel("bottom", "IoU")
        self.precision_recall.setLabel("bottom", "Recall")
        for plot in self._plots():
            plot.setYRange(0, 1, padding=PADDING)
            plot.showGrid(x=True, y=True, alpha=0.15)
            # Else pyqtgraph counts IoU in thousandths.
            plot.getAxis("bottom").enableAutoSIPrefix(False)
            plot.getAxis("left").setTicks([_ticks(0, 11)])
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for box, plot in ((self.metric, self.against_iou), (self.title, self.precision_recall)):
            column = QVBoxLayout()
            box.setFixedHeight(self.metric.sizeHint().height())
            column.addWidget(box)
            column.addWidget(plot)
            row.addLayout(column, 1)


def _ticks(first: int, end: int, step: int = 2) -> list[tuple[float, str]]:
    """Return places and texts of ticks in tenths."""
    return [(tenth / 10, f"{tenth / 10:.1f}") for tenth in range(first, end, step)]
