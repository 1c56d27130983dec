"""Agreement with the truth by distance, plotted, with the best one marked."""

from __future__ import annotations

from typing import Any

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QVBoxLayout

from ...morphology import DistanceCurve
from ..plots import COLOURS, PlotPanel, new_plot

FIGURES = {"AP50": "AP50", "mAP": "mAP", "mean_iou": "mean IoU"}
"""Figures of `DistanceCurve`, with their names on screen."""
COLOUR_OF = dict(zip(FIGURES, COLOURS, strict=False))
HEIGHT = 180
FAINT = 90
"""Opacity of a curve that is out of date, of 255."""


class CurvePlot(PlotPanel):
    """Three curves and their legend.

    Parameters
    ----------
    viewer
        napari's viewer, whose theme gives the colours.
    """

    def __init__(self, viewer: Any) -> None:
        super().__init__(viewer)
        self.plot = new_plot(HEIGHT)
        self.plot.showGrid(x=False, y=True, alpha=0.15)
        self.plot.setLabel("bottom", "distance in px")
        self.plot.setYRange(0, 1, padding=0.05)
        # Beside the curves, not on them.
        self.legend = QLabel(
            " &nbsp; ".join(
                f'<span style="color: {COLOUR_OF[key]}">■</span> {name}'
                for key, name in FIGURES.items()
            )
        )
        self.legend.setAlignment(Qt.AlignmentFlag.AlignRight)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.legend)
        column.addWidget(self.plot)
        self.follow_theme()

    def draw(self, curve: DistanceCurve, chosen: str, best: float, *, outdated: bool) -> None:
        """Draw all figures, the chosen one thick and with its best distance marked.

        Parameters
        ----------
        curve
            What was computed.
        chosen
            Key of `FIGURES`.
        best
            Distance with the highest value; NaN for none.
        outdated
            Draw faintly: the layers have changed since.
        """
        self.plot.clear()
        for key in FIGURES:
            colour = self._graph.mkColor(COLOUR_OF[key])
            colour.setAlpha(FAINT if outdated else 255)
            values = getattr(curve, key)
            pen = self._graph.mkPen(colour, width=2.5 if key == chosen else 1.5)
            self.plot.plot(curve.distances, values, pen=pen)
            if key == chosen and not np.isnan(best):
                at = curve.distances == best
                dashed = self._graph.mkPen(colour, style=Qt.PenStyle.DashLine)
                self.plot.addLine(x=best, pen=dashed)
                point = {"symbol": "o", "symbolSize": 10, "symbolBrush": colour}
                self.plot.plot(curve.distances[at], values[at], pen=None, **point)
