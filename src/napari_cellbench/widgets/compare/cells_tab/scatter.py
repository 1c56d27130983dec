"""How well two results outline each true cell: one point a cell, to be picked."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QEvent, QPointF, Qt, Signal
from qtpy.QtGui import QPolygonF
from qtpy.QtWidgets import QVBoxLayout

from ....scoring.cell_pairs import CellPairs
from ...plots import COLOURS, PlotPanel, new_plot, take_theme

HEIGHT = 250
NEAR = 10
"""A click picks the closest point within so many pixels of the screen."""
KINDS = {"both": COLOURS[0], "only_a": COLOURS[1], "only_b": COLOURS[2], "neither": COLOURS[3]}
"""Colour of the points by who finds the cell."""


class CellScatter(PlotPanel):
    """Points that can be clicked, or picked by drawing around them.

    Parameters
    ----------
    viewer
        napari's viewer, whose theme gives the colours.

    Signals
    -------
    picked(indices)
        Cells were picked, counted from 0, as a list; maybe none.
    """

    picked = Signal(object)

    def __init__(self, viewer: Any) -> None:
        super().__init__(viewer)
        self._points = np.zeros((0, 2))
        self._marked: list[int] = []
        self._path: list[QPointF] = []
        self.plot = new_plot(HEIGHT)
        self.points = self._graph.ScatterPlotItem(size=7, pen=None)
        self.ring = self._graph.ScatterPlotItem(size=13, brush=None)
        self.lasso = self._graph.PlotCurveItem()
        self._lines = [self._graph.InfiniteLine(angle=angle) for angle in (0, 90)]
        for item in (*self._lines, self.points, self.ring, self.lasso):
            self.plot.addItem(item)
        self.plot.setXRange(0, 1, padding=0.04)
        self.plot.setYRange(0, 1, padding=0.04)
        self.plot.setToolTip("Click a point, or draw around points, to see their cells")
        self.plot.viewport().installEventFilter(self)
        for side in ("left", "bottom"):
            self.plot.getAxis(side).enableAutoSIPrefix(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.plot)
        self.follow_theme()

    def take_theme(self, event: Any = None) -> None:
        """Take over napari's colours."""
        text = take_theme(self.plot, self._viewer)
        dashed = self._graph.mkPen(text, style=Qt.PenStyle.DashLine)
        for line in self._lines:
            line.setPen(dashed)
        self.lasso.setPen(dashed)
        self.ring.setPen(self._graph.mkPen(text, width=2))

    def show_pairs(self, pairs: CellPairs, names: tuple[str, str], iou: float) -> None:
        """Show the true cells.

        Parameters
        ----------
        pairs
            What A and B make of them.
        names
            Of A and B.
        iou
            From which on a cell counts as found.
        """
        self._points = np.stack([pairs.a.best_iou, pairs.b.best_iou], axis=1)
        brushes = np.empty(len(self._points), object)
        for kind, colour in KINDS.items():
            brushes[getattr(pairs, kind)] = self._graph.mkBrush(colour)
        self.points.setData(*self._points.T, brush=list(brushes))
        for line in self._lines:
            line.setValue(iou)
        metrics = self.fontMetrics()
        for side, letter, name in zip(("bottom", "left"), "AB", names, strict=True):
            room = (self.width() if side == "bottom" else HEIGHT) - 120
            short = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, max(room, 60))
            self.plot.setLabel(side, f"IoU in {letter}: {short}")
        self.mark([i for i in self._marked if i < len(self._points)])

    def mark(self, indices: list[int]) -> None:
        """Put rings around points."""
        self._marked = indices
        self.ring.setData(*self._points[indices].T)

    @property
    def marked(self) -> list[int]:
        """The points with rings."""
        return list(self._marked)

    def eventFilter(self, _watched: Any, event: QEvent) -> bool:  # noqa: N802
        """Draw the lasso; a press without a move is a click."""
        kinds = QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.MouseButtonRelease
        if event.type() not in kinds:
            return False
        position = event.pos()
        if event.type() == kinds[0]:
            self._path = [position] if event.button() == Qt.MouseButton.LeftButton else []
            return bool(self._path)
        if not self._path:
            return False
        self._path.append(position)
        if event.type() == kinds[1]:
            self.lasso.setData(*self._in_plot(self._path).T)
            return True
        path, self._path = self._path, []
        self.lasso.setData([], [])
        moved = max((point - path[0]).manhattanLength() for point in path)
        self.picked.emit(self._around(path) if moved > NEAR else self._nearest(position))
        return True

    def _in_plot(self, positions: list[Any]) -> NDArray[np.float64]:
        box = self.plot.getViewBox()
        mapped = [box.mapSceneToView(self.plot.mapToScene(position)) for position in positions]
        return np.array([(point.x(), point.y()) for point in mapped])

    def _around(self, path: list[Any]) -> list[int]:
        lasso = QPolygonF([QPointF(x, y) for x, y in self._in_plot(path)])
        rule = Qt.FillRule.OddEvenFill
        return [
            i for i, (x, y) in enumerate(self._points) if lasso.containsPoint(QPointF(x, y), rule)
        ]

    def _nearest(self, position: Any) -> list[int]:
        here = self._in_plot([position])[0]
        pixel = np.array(self.plot.getViewBox().viewPixelSize())
        if not len(self._points):
            return []
        distance = np.hypot(*((self._points - here) / pixel).T)
        return [int(distance.argmin())] if distance.min() <= NEAR else []
