"""Plots in napari's colours."""

from __future__ import annotations

import os
from typing import Any

import qtpy
from napari.utils.theme import get_theme
from qtpy.QtWidgets import QSizePolicy, QWidget

COLOURS = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#F0E442", "#0072B2")
"""Okabe and Ito's colours, which the colour-blind can tell apart."""

NUDGE = 5
"""By how much pyqtgraph moves the label of an axis, in pixels of the screen."""


def pyqtgraph() -> Any:
    """Import pyqtgraph on the Qt binding that napari runs on: else it takes the first it finds."""
    os.environ.setdefault("PYQTGRAPH_QT_LIB", qtpy.API_NAME)
    import pyqtgraph as graph

    return graph


def new_plot(height: int) -> Any:
    """Return a plot that only shows: it can't be moved and has no menu."""
    plot = pyqtgraph().PlotWidget()
    plot.setMouseEnabled(x=False, y=False)
    plot.hideButtons()
    plot.setMenuEnabled(False)
    plot.setFixedHeight(height)
    # pyqtgraph moves the labels of axes outwards, where their letters would be cut.
    plot.getPlotItem().layout.setContentsMargins(NUDGE, 1, 1, NUDGE)
    # By itself a plot asks for 640 pixels, and the panel would cover the image.
    plot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return plot


def take_theme(plot: Any, viewer: Any) -> str:
    """Give a plot the colours of the viewer's theme; return the colour of its text."""
    theme = get_theme(viewer.theme)
    text: str = theme.text.as_hex()
    plot.setBackground(theme.background.as_hex())
    for side in ("left", "bottom"):
        plot.getAxis(side).setPen(text)
        plot.getAxis(side).setTextPen(text)
    return text


class PlotPanel(QWidget):
    """A widget whose `plot` has the colours of the viewer's theme.

    Parameters
    ----------
    viewer
        napari's viewer.
    """

    plot: Any

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self._viewer, self._graph = viewer, pyqtgraph()

    def follow_theme(self) -> None:
        """Take over the colours, now and whenever they change; for the end of the constructor."""
        self.take_theme()
        self._viewer.events.theme.connect(self.take_theme)

    def close_plot(self) -> None:
        """Follow the viewer's theme no longer."""
        self._viewer.events.theme.disconnect(self.take_theme)

    def take_theme(self, event: Any = None) -> None:
        """Take over napari's colours."""
        take_theme(self.plot, self._viewer)
