"""The fields of the Score widget, and how they lie."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFormLayout, QLabel, QVBoxLayout, QWidget

from ..choices import button, row_of
from ..correction_set import SetButton
from ..region_box import RegionBox
from ..selection_box import SelectionBox
from .pieces_box import PiecesBox
from .plot import ScorePlot
from .review import ErrorReview
from .table import ScoreTable
from .target import TargetBox, TruthBox

SHAPE = "Region to score"
"""Name of the shapes layer that the user draws the region in."""


class ScoreForm:
    """The fields.

    Parameters
    ----------
    viewer
        napari's viewer.
    """

    def __init__(self, viewer: Any) -> None:
        self.truth = TruthBox(viewer)
        self.target = TargetBox(self.truth)
        self.region = RegionBox(viewer, SHAPE)
        self.selection = SelectionBox()
        self.pieces = PiecesBox()
        self.table = ScoreTable()
        self.note = QLabel()
        self.markdown_button = button("Copy Markdown", "The table as it is shown, for a text")
        self.csv_button = button("Copy CSV", "The table at full precision, for a spreadsheet")
        self.json_button = button(
            "Save JSON…", "All figures, their definitions, and how the layers came about"
        )
        self.set_button = SetButton(viewer, lambda: (self.truth.layer(), None))
        self.set_button.setToolTip("Collect the image with this truth, to train a method on")
        self.plot = ScorePlot(viewer)
        self.review = ErrorReview(viewer)
        self._rows = QFormLayout()
        self.target.useful.connect(lambda on: self._show_row(self.target, on))
        self.pieces.useful.connect(lambda on: self._show_row(self.pieces, on))

    def close_form(self) -> None:
        """Follow the viewer no longer."""
        self.truth.disconnect_layers()
        self.region.close_region()
        self.plot.close_plot()
        self.review.close_review()

    def enable_export(self, on: bool) -> None:
        """Offer the table for copying where there is one."""
        for one in (self.markdown_button, self.csv_button, self.json_button):
            one.setEnabled(on)

    def fill(self, widget: QWidget) -> None:
        """Put the fields into a widget."""
        self._rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._rows.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._rows.addRow("Truth", self.truth)
        self._rows.addRow("Target", self.target)
        self._rows.addRow("Masks", self.pieces)
        self._rows.addRow("Region", self.region)
        self._rows.addRow("Leave out", self.selection)
        self.note.setWordWrap(True)
        self.note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.note.setStyleSheet("font-size: 11px;")
        self.target.setToolTip("What the truth outlines")
        layout = QVBoxLayout(widget)
        layout.addLayout(self._rows)
        layout.addWidget(self.table)
        layout.addWidget(self.note)
        layout.addLayout(row_of(self.markdown_button, self.csv_button, self.json_button))
        layout.addWidget(self.set_button)
        layout.addWidget(self.plot)
        layout.addWidget(self.review, 1)
        self._show_row(self.target, False)
        self._show_row(self.pieces, False)
        self.enable_export(False)

    def _show_row(self, field: QWidget, on: bool) -> None:
        field.setVisible(on)
        self._rows.labelForField(field).setVisible(on)
