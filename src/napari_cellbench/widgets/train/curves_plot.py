"""The curves of a run: loss, and F1 on the validation images."""

from __future__ import annotations

from typing import Any

from qtpy.QtWidgets import QLabel, QVBoxLayout

from ...training.curves import Curves
from ..plots import COLOURS, PlotPanel, new_plot, take_theme

HEIGHT = 110


class CurvesPlot(PlotPanel):
    """Two plots, one above the other, by the same steps.

    Parameters
    ----------
    viewer
        napari's viewer, whose theme gives the colours.
    """

    def __init__(self, viewer: Any) -> None:
        super().__init__(viewer)
        self.loss, self.figures = new_plot(HEIGHT), new_plot(HEIGHT)
        self.loss_title, self.title = QLabel("Loss on what it learns from"), QLabel()
        self.title.setText(
            f"Validation images: <span style='color:{COLOURS[0]}'>■</span> F1, "
            f"<span style='color:{COLOURS[1]}'>■</span> AP50 at IoU 0.5"
        )
        pen = self._graph.mkPen
        self._loss = self.loss.plot(pen=pen(COLOURS[2], width=2))
        dots = {"symbol": "o", "symbolSize": 6, "symbolPen": None}
        self._f1, self._ap50 = (
            self.figures.plot(pen=pen(colour, width=2), symbolBrush=colour, **dots)
            for colour in COLOURS[:2]
        )
        self.figures.setYRange(0, 1, padding=0.06)
        self.figures.getAxis("left").setTicks([[(0, "0"), (0.5, "0.5"), (1, "1")]])
        for plot in self._plots():
            plot.showGrid(x=True, y=True, alpha=0.15)
            plot.getAxis("left").setWidth(34)
            plot.getAxis("bottom").enableAutoSIPrefix(False)
        self.figures.setLabel("bottom", "Steps")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for part in (self.loss_title, self.loss, self.title, self.figures):
            column.addWidget(part)
        self.show_curves(Curves())
        self.follow_theme()

    def take_theme(self, event: Any = None) -> None:
        """Take over napari's colours."""
        for plot in self._plots():
            take_theme(plot, self._viewer)

    def show_curves(self, curves: Curves) -> None:
        """Draw curves; a plot without any points is hidden."""
        self._loss.setData(list(curves.steps), list(curves.losses))
        self._f1.setData(list(curves.measured), list(curves.f1))
        self._ap50.setData(list(curves.measured), list(curves.ap50))
        last = max((*curves.steps, *curves.measured, 1))
        for plot in self._plots():
            plot.setXRange(0, last, padding=0.03)
        for title, plot, is_there in (
            (self.loss_title, self.loss, bool(curves.steps)),
            (self.title, self.figures, bool(curves.measured)),
        ):
            title.setVisible(is_there)
            plot.setVisible(is_there)

    def _plots(self) -> tuple[Any, Any]:
        return self.loss, self.figures
