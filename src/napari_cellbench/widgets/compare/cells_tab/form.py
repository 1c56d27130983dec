"""What the Cells tab consists of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ...choices import ChoiceBox, button, iou_box, row_of
from ..pages import Pages
from ..planes import Seen
from .bars import BarPlot
from .counts import Counts
from .scatter import CellScatter

TIP = (
    "Take the cells of {} at the marked true cells over into the layer that is open in Correct, "
    "else into a copy of it; one step of undo"
)


class CellsForm:
    """The tab's parts.

    Parameters
    ----------
    viewer
        napari's viewer.
    """

    def __init__(self, viewer: Any) -> None:
        self.a = ChoiceBox("The result whose IoU goes across")
        self.b = ChoiceBox("The result whose IoU goes up")
        self.iou = iou_box("From this IoU on, a true cell counts as found")
        self.counts = Counts()
        self.scatter = CellScatter(viewer)
        self.bars = BarPlot(viewer)
        self.note, self.marked = QLabel(), QLabel()
        self.clear = QPushButton("Clear")
        self.a_right = button("A is right", TIP.format("A"))
        self.b_right = button("B is right", TIP.format("B"))
        self.pages = Pages(self._content())

    def offer(self, seen: Sequence[Seen]) -> None:
        """Offer results; what was chosen stays so if it is there, else the first two are."""
        layers = [one.layer for one in seen]
        for box, fallback in ((self.a, 0), (self.b, 1)):
            before = box.currentData()
            blocked = box.blockSignals(True)
            box.clear()
            for one in seen:
                box.addItem(one.name, one.layer)
                box.setItemData(box.count() - 1, one.name, Qt.ItemDataRole.ToolTipRole)
            row = layers.index(before) if before in layers else min(fallback, len(seen) - 1)
            box.setCurrentIndex(row)
            box.blockSignals(blocked)

    def set_picked(self, is_any: bool) -> None:
        """Say whether true cells are marked: who is right can be said of them."""
        for one in (self.a_right, self.b_right):
            one.setEnabled(is_any)

    def close_form(self) -> None:
        """Follow the viewer no longer."""
        self.scatter.close_plot()
        self.bars.close_plot()

    def _content(self) -> QWidget:
        for label in (self.note, self.marked):
            label.setWordWrap(True)
        self.note.hide()
        # Two lines, so that nothing jumps when another cell is picked.
        self.marked.setMinimumHeight(2 * self.marked.fontMetrics().lineSpacing() + 4)
        self.marked.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.clear.setToolTip("Remove the marks from the image and the plot")
        self.clear.setEnabled(False)
        self.set_picked(False)
        content = QWidget()
        column = QVBoxLayout(content)
        for letter, box, last in (("A", self.a, self.iou), ("B", self.b, None)):
            row = QHBoxLayout()
            row.addWidget(QLabel(f"<b>{letter}</b>"))
            row.addWidget(box, 1)
            if last is not None:
                row.addWidget(last)
            column.addLayout(row)
        column.addWidget(self.note)
        column.addWidget(self.counts)
        column.addWidget(self.scatter)
        row = row_of(self.marked, self.clear)
        row.setStretch(0, 1)
        column.addLayout(row)
        column.addLayout(row_of(self.a_right, self.b_right))
        column.addWidget(QLabel("<b>All results</b>"))
        column.addWidget(self.bars)
        column.addStretch(1)
        return content
