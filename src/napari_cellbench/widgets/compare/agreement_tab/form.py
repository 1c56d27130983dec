"""What the Agreement tab consists of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from ...choices import choice_box, iou_box, row_of
from ..pages import Pages
from .heat import HeatMap
from .layers import NOT_TRUTH
from .places import Places
from .work import METRICS, Answer


class AgreementForm:
    """The tab's parts.

    Parameters
    ----------
    viewer
        napari's viewer.
    """

    def __init__(self, viewer: Any) -> None:
        self.metric, self.iou = (
            choice_box(METRICS, "By what two results are compared"),
            iou_box("From this IoU on, cells of two results are the same cell"),
        )
        self.heat = HeatMap(viewer)
        self.caption, self.note = QLabel(), QLabel()
        self.votes = QSlider(Qt.Orientation.Horizontal)
        self.found = QLabel()
        self.show_consensus = QPushButton("Show")
        self.keep = QPushButton("Keep as layer")
        self.use_as_truth = QPushButton("Use as stand-in truth")
        self.show_disagreement = QPushButton("Show disagreement map")
        self.places = Places()
        self.pages = Pages(self._content())

    def show_answer(self, answer: Answer, names: Sequence[str]) -> None:
        """Show figures and places; the votes begin with a majority."""
        self.pages.show_content()
        n = len(names)
        self.heat.show_matrix(answer.matrix, names)
        self.heat.hovered.emit(-1, -1)
        blocked = self.votes.blockSignals(True)
        if n != self.votes.maximum():
            self.votes.setRange(1, n)
            self.votes.setValue(n // 2 + 1)
        self.votes.blockSignals(blocked)
        self.places.show_places(answer.disagreement.places, names)

    def count_consensus(self, answer: Answer) -> None:
        """Say how many cells the chosen number of results has in common."""
        k, n = self.votes.value(), self.votes.maximum()
        cells = answer.consensus.count(k)
        who = "all" if k == n else f"at least {k} of"
        self.found.setText(f"{cells:,} cell{'s' * (cells != 1)} found by {who} {n} results")

    def _content(self) -> QWidget:
        self._describe()
        content = QWidget()
        column = QVBoxLayout(content)
        column.addLayout(row_of(self.metric, self.iou))
        column.addWidget(self.note)
        column.addWidget(self.heat)
        column.addWidget(self.caption)
        column.addWidget(QLabel("<b>Consensus</b>"))
        column.addWidget(self.found)
        column.addWidget(self.votes)
        column.addLayout(row_of(self.show_consensus, self.keep))
        column.addWidget(self.use_as_truth)
        caution = QLabel(NOT_TRUTH)
        caution.setWordWrap(True)
        column.addWidget(caution)
        heading = QHBoxLayout()
        heading.addWidget(QLabel("<b>Disagreement</b>"), 1)
        heading.addWidget(self.show_disagreement)
        column.addLayout(heading)
        column.addWidget(self.places, 1)
        return content

    def _describe(self) -> None:
        for label in (self.caption, self.note):
            label.setWordWrap(True)
        # Two lines, so that nothing jumps when the pointer moves over the map.
        self.caption.setMinimumHeight(2 * self.caption.fontMetrics().lineSpacing() + 4)
        self.caption.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.note.hide()
        self.votes.setRange(0, 0)
        self.votes.setPageStep(1)
        self.votes.setToolTip("How many results must have a cell")
        self.show_consensus.setCheckable(True)
        self.show_consensus.setToolTip("A labels layer that follows the slider and your edits")
        self.show_disagreement.setCheckable(True)
        self.show_disagreement.setToolTip(
            "An image: at each pixel the part of all pairs of results that disagree"
        )
        self.keep.setToolTip("Leave the consensus as a layer, which can be corrected")
        self.use_as_truth.setToolTip(f"Compare all results with the consensus. {NOT_TRUTH}")
