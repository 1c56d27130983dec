"""A hand for scripts: moves, clicks and draws on napari's canvas by real mouse events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from qtpy.QtCore import QPoint, Qt
from qtpy.QtGui import QColor, QPainter, QPen, QPixmap
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QLabel

Place = tuple[float, float]
STEPS = 8
"""Mouse events on the way from one place to the next."""


class Hand:
    """Acts on a layer's pixels.

    Parameters
    ----------
    viewer
        napari's viewer, in a window that is shown.
    layer
        Whose pixels places are given in: row and column.
    watch
        Called after each mouse event, to film it.
    """

    def __init__(self, viewer: Any, layer: Any, watch: Callable[[], None] = lambda: None) -> None:
        self._canvas, self._layer, self._watch = viewer.window._qt_viewer.canvas, layer, watch
        self._native = self._canvas.native
        self._at: Place | None = None
        self.marker = _marker(self._native)

    def point(self, place: Place) -> QPoint:
        """Return where a place is on the canvas."""
        node = self._canvas.layer_to_visual[self._layer].node
        mapped = node.get_transform("visual", "canvas").map([place[1] + 0.5, place[0] + 0.5, 0, 1])
        return QPoint(round(mapped[0] / mapped[3]), round(mapped[1] / mapped[3]))

    def move(self, place: Place, steps: int = STEPS) -> None:
        """Move there in small steps, as a mouse does."""
        start = self._at or place
        for share in np.linspace(0, 1, steps + 1)[1:]:
            self._to((start[0] + share * (place[0] - start[0]),
                      start[1] + share * (place[1] - start[1])))  # fmt: skip
        self._at = place

    def click(self, place: Place, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
        """Move there and click."""
        self.move(place)
        QTest.mouseClick(self._native, Qt.MouseButton.LeftButton, modifier, self.point(place))
        self._watch()

    def draw(
        self, path: Sequence[Place], modifier: Any = Qt.KeyboardModifier.NoModifier, steps: int = 2
    ) -> None:
        """Draw along places with the left button."""
        self.move(path[0])
        QTest.mousePress(self._native, Qt.MouseButton.LeftButton, modifier, self.point(path[0]))
        for _, end in pairwise(path):
            self.move(end, steps)
        QTest.mouseRelease(self._native, Qt.MouseButton.LeftButton, modifier, self.point(path[-1]))
        self._watch()

    def press(self, key: Any, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key over the canvas."""
        self._native.setFocus()
        QTest.keyClick(self._native, key, modifier)
        self._watch()

    def _to(self, place: Place) -> None:
        where = self.point(place)
        QTest.mouseMove(self._native, where)
        self.marker.move(where - QPoint(1, 1))
        QTest.qWait(8)
        self._watch()


def _marker(canvas: Any) -> QLabel:
    """Return an arrow that films show in place of the pointer, which no picture has."""
    pixmap = QPixmap(18, 22)
    pixmap.fill(QColor(Qt.GlobalColor.transparent))
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor("black"), 1.2))
    painter.setBrush(QColor("white"))
    painter.drawPolygon([QPoint(1, 1), QPoint(1, 16), QPoint(5, 12), QPoint(8, 19),
                         QPoint(11, 18), QPoint(8, 11), QPoint(14, 11)])  # fmt: skip
    painter.end()
    marker = QLabel(canvas)
    marker.setPixmap(pixmap)
    marker.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    marker.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
    return marker
