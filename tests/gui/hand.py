"""What a person does in the Correct panel and over the image."""

from __future__ import annotations

from importlib.util import find_spec
from itertools import pairwise

import numpy as np
import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest

from napari_cellbench.widgets.correct.widget import CorrectWidget

TIMEOUT = 120_000


class Hand:
    """Does what a person does on the canvas, at places of the image in pixels."""

    def __init__(self, widget: CorrectWidget) -> None:
        self.widget, self.viewer = widget, widget.viewer
        self._canvas = self.viewer.window._qt_viewer.canvas

    def at(self, y: float, x: float) -> QPoint:
        node = self._canvas.layer_to_visual[self.widget.form.labels.layer()].node
        mapped = node.get_transform("visual", "canvas").map([x + 0.5, y + 0.5, 0, 1])
        return QPoint(round(mapped[0] / mapped[3]), round(mapped[1] / mapped[3]))

    def move(self, y: float, x: float) -> None:
        QTest.mouseMove(self._canvas.native, self.at(y, x))
        QTest.qWait(20)

    def click(self, y: float, x: float, modifier=Qt.KeyboardModifier.NoModifier) -> None:
        self.move(y, x)
        QTest.mouseClick(self._canvas.native, Qt.MouseButton.LeftButton, modifier, self.at(y, x))
        QTest.qWait(20)

    def draw(self, *places: tuple[float, float]) -> None:
        canvas, button = self._canvas.native, Qt.MouseButton.LeftButton
        no = Qt.KeyboardModifier.NoModifier
        QTest.mouseMove(canvas, self.at(*places[0]))
        QTest.mousePress(canvas, button, no, self.at(*places[0]))
        for start, end in pairwise(places):
            for share in np.linspace(0, 1, 6)[1:]:
                place = np.add(start, share * np.subtract(end, start))
                QTest.mouseMove(canvas, self.at(*place))
                QTest.qWait(10)
        QTest.mouseRelease(canvas, button, no, self.at(*places[-1]))
        QTest.qWait(20)

    def type(self, text: str) -> None:
        self._canvas.native.setFocus()
        QTest.keyClicks(self._canvas.native, text)

    def press(self, key: Qt.Key, modifier=Qt.KeyboardModifier.NoModifier) -> None:
        self._canvas.native.setFocus()
        QTest.keyClick(self._canvas.native, key, modifier)


def plain(labels):
    return (100 + 100 * (labels > 0)).astype(np.uint8)


def whole_cells(truth):
    edge = {*truth[0], *truth[-1], *truth[:, 0], *truth[:, -1]}
    return [label for label in np.unique(truth[truth > 0]) if label not in edge]


def centre(truth, label):
    y, x = np.nonzero(truth == label)
    return float(y.mean()), float(x.mean())


def iou(a, b):
    return np.count_nonzero(a & b) / np.count_nonzero(a | b)


# Imported here, torch would meet napari's drawing in one process.
needs_sam = pytest.mark.skipif(find_spec("segment_anything") is None, reason="needs SAM")
