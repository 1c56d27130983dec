"""What is wrong with one prediction: the list of its errors, and the error map."""

from __future__ import annotations

from functools import partial
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from ...scoring import DEFINITIONS
from ...scoring.figures import BOUNDARY as OUTLINES
from ..choices import ChoiceBox, iou_box, row_of
from .list import ErrorList, summary
from .map import PALETTES, ErrorMap
from .types import BOUNDARY, CellError, Comparison, Focus, Inspection
from .view import go_to

TITLE = "<b>Errors</b>"

RULES = "".join(
    f"<p><b>{one.name}</b>: {one.formula}. <i>{one.source}</i></p>"
    for one in (DEFINITIONS[key] for key in ("split", "merge", "splits", "merges", "boundary_f"))
) + (
    "<p>Deepcell first takes away the cells that match, here at the IoU chosen above (by its own "
    "default above 0.6); the Data Science Bowl takes none away, and so finds more.</p>"
)


class ErrorReview(QWidget):
    """Shows an `Inspection`, and goes to the cell that is chosen from its list.

    Parameters
    ----------
    viewer
        napari's viewer.

    Signals
    -------
    changed
        Another IoU threshold counts, or the error map is switched on or off.
    """

    changed = Signal()

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self._viewer = viewer
        self._comparison: Comparison | None = None
        self._inspected: Comparison | None = None
        self.iou = iou_box(
            "Threshold of the error list, the error map and precision against recall"
        )
        self.palette = ChoiceBox("Colours of matched outlines, missed cells and false cells")
        self.map_button = QPushButton("Show error map")
        self.title = QLabel(TITLE)
        self.rules = QLabel()
        self.list = ErrorList()
        self.map = ErrorMap(viewer)
        self._build()
        self.iou.currentIndexChanged.connect(self.changed)
        self.map_button.toggled.connect(self.changed)
        self.palette.currentTextChanged.connect(self.map.set_palette)
        self.map.removed.connect(partial(self.map_button.setChecked, False))
        self.list.chosen.connect(self._go_to)

    @property
    def threshold(self) -> float:
        """IoU from which on a cell counts as found."""
        return float(self.iou.currentData())

    def focus(self, comparison: Comparison | None) -> Focus | None:
        """Choose whose errors are shown; return what is to be found out, if anything."""
        self._comparison = comparison
        draw = self.map_button.isChecked()
        if comparison is None:
            self._show([], TITLE)
            self.rules.clear()
            self._inspected = None
        if comparison is None or not draw:
            self.map.hide()
        if comparison is None:
            return None
        return Focus(comparison.layer, self.threshold, draw)

    def show_inspection(self, found: Inspection) -> None:
        """Show what was found, unless something else was asked for since."""
        one = self._comparison
        if one is None or found.of.layer is not one.layer or found.iou != self.threshold:
            return
        if {one.layer, one.truth_layer} - set(self._viewer.layers):
            return
        title = f"{TITLE} of {one.layer.name} at IoU {found.iou:.2f}: "
        self._inspected = found.of
        self._show(found.errors, title + summary(found.errors))
        self.rules.setText(_by_rule(found))
        if found.picture is not None and self.map_button.isChecked():
            self.map.show(found.picture, one.truth_layer)

    def close_review(self) -> None:
        """Take the error map away and follow the viewer no longer."""
        self.map.close_layer()

    def _show(self, errors: list[CellError], title: str) -> None:
        self.list.show_errors(errors)
        self.title.setText(title)

    def _go_to(self, error: CellError) -> None:
        if self._inspected is not None:
            go_to(self._viewer, self._inspected, error)

    def _build(self) -> None:
        self.palette.addItems(list(PALETTES))
        self.map_button.setCheckable(True)
        self.map_button.setToolTip(
            "A layer with matched outlines, missed and false cells, which follows your edits"
        )
        self.title.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row_of(self.iou, self.map_button, self.palette))
        self.rules.setWordWrap(True)
        self.rules.setStyleSheet("font-size: 11px;")
        self.rules.setToolTip(RULES)
        column.addWidget(self.title)
        column.addWidget(self.rules)
        column.addWidget(self.list, 1)


def _by_rule(found: Inspection) -> str:
    kinds = [error.kind for error in found.errors]
    return (
        f"Splits and merges: {kinds.count('split'):,} and {kinds.count('merged'):,} by deepcell’s "
        f"rule, {found.splits:,} and {found.merges:,} by the Data Science Bowl’s (IoU > 0.1). "
        f"Outlines: boundary F {OUTLINES.text_of(found.boundary_f)} (within {BOUNDARY:g} px)."
    )
