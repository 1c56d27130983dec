"""The agreement of every two results as a heat map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QVBoxLayout

from ...plots import PlotPanel, new_plot

COLOURS = "cividis"
"""Even in lightness, and made for the colour-blind (Nuñez et al. 2018)."""
UNDEFINED = (128, 128, 128, 255)
ROW, AXIS = 26, 26
"""Height of a row, and of the column numbers, in pixels of the screen."""
NAMES = 280, 0.4
"""Most width of the names, in pixels of the screen and as a part of the map's."""
FOR_NUMBERS = 22
"""Least width of a cell that has room for its number."""


class HeatMap(PlotPanel):
    """A matrix with names on the left and their numbers below.

    Parameters
    ----------
    viewer
        napari's viewer, whose theme gives the colours.

    Signals
    -------
    hovered(row, column)
        The pointer is on a cell; -1, -1 when it has left.
    clicked(row, column)
        A cell was clicked.
    """

    hovered = Signal(int, int)
    clicked = Signal(int, int)

    def __init__(self, viewer: Any) -> None:
        super().__init__(viewer)
        self._matrix: NDArray[np.float64] = np.zeros((0, 0))
        self._names: Sequence[str] = ()
        self._here = (-1, -1)
        self.plot = new_plot(ROW + AXIS)
        self.image = self._graph.ImageItem(axisOrder="row-major")
        self.numbers: list[Any] = []
        self.plot.addItem(self.image)
        self.plot.getPlotItem().setContentsMargins(0, 0, 4, 0)
        self.plot.getViewBox().invertY(True)
        self.plot.getAxis("bottom").setHeight(AXIS)
        for side in ("left", "bottom"):
            self.plot.getAxis(side).setStyle(tickLength=0)
        self.plot.scene().sigMouseMoved.connect(self._moved)
        self.plot.scene().sigMouseClicked.connect(self._pressed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.plot)
        self.follow_theme()

    def show_matrix(self, matrix: NDArray[np.float64], names: Sequence[str]) -> None:
        """Show a matrix of values between 0 and 1.

        Parameters
        ----------
        matrix : (N, N)
            NaN is grey, without a number.
        names
            One per row, and column.
        """
        self._matrix, self._names = matrix, names
        n = len(names)
        table = self._graph.colormap.get(COLOURS).getLookupTable(0, 1, 256, alpha=True)
        colours = table[np.rint(np.nan_to_num(matrix) * 255).astype(int)]
        colours[np.isnan(matrix)] = UNDEFINED
        self.image.setImage(colours.astype(np.uint8), autoLevels=False)
        for number in self.numbers:
            self.plot.removeItem(number)
        self.numbers = []
        for row, column in np.ndindex(n, n):
            dark = colours[row, column, :3] @ (0.299, 0.587, 0.114) < 128
            value = matrix[row, column]
            text = "–" if np.isnan(value) else f"{value:.2f}".removeprefix("0")
            number = self._graph.TextItem(text, "white" if dark else "black", anchor=(0.5, 0.5))
            number.setPos(column + 0.5, row + 0.5)
            self.plot.addItem(number)
            self.numbers.append(number)
        self.plot.setXRange(0, n, padding=0)
        self.plot.setYRange(0, n, padding=0)
        self.plot.setFixedHeight(n * ROW + AXIS)
        self._fit()

    def resizeEvent(self, event: Any) -> None:  # noqa: N802
        """Show the numbers where they have room, and of the names what fits."""
        super().resizeEvent(event)
        self._fit()

    def leaveEvent(self, event: Any) -> None:  # noqa: N802
        """Tell that the pointer has left."""
        super().leaveEvent(event)
        self._at(None)

    def _fit(self) -> None:
        most, part = NAMES
        width = min(most, round(part * self.width()))
        metrics = self.fontMetrics()
        rows = [
            (i - 0.5, metrics.elidedText(f"{name}  {i}", Qt.TextElideMode.ElideMiddle, width - 8))
            for i, name in enumerate(self._names, 1)
        ]
        self.plot.getAxis("left").setWidth(width)
        self.plot.getAxis("left").setTicks([rows])
        n = len(rows)
        room = (self.width() - width) / max(n, 1) >= FOR_NUMBERS
        columns = [i for i in range(1, n + 1) if room or i == 1 or i % 5 == 0]
        self.plot.getAxis("bottom").setTicks([[(i - 0.5, str(i)) for i in columns]])
        for number in self.numbers:
            number.setVisible(room)

    def _moved(self, position: Any) -> None:
        self._at(position)

    def _pressed(self, event: Any) -> None:
        self._at(event.scenePos())
        if self._here != (-1, -1):
            self.clicked.emit(*self._here)

    def _at(self, position: Any) -> None:
        here = (-1, -1)
        if position is not None:
            point = self.plot.getViewBox().mapSceneToView(position)
            row, column = int(np.floor(point.y())), int(np.floor(point.x()))
            if 0 <= row < len(self._names) and 0 <= column < len(self._names):
                here = row, column
        if here != self._here:
            self._here = here
            self.hovered.emit(*here)
