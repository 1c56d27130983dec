"""What the Adjust widget shows: its fields, figures and messages."""

from __future__ import annotations

import math
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QFormLayout,
    QGridLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ...scoring import DEFINITIONS
from ...scoring.notes import NO_SCORES
from ..choices import FormGroup, choice_box, scrolling
from ..layers.box import LayerBox
from .best import WAYS, BestDistance
from .curve import FIGURES
from .layers import is_adjustable
from .order import Adjusted, Figures, Scored
from .slider import DistanceSlider

PARTS = {
    "all": "Keep all parts",
    "largest": "Keep the largest part",
    "relabel": "New labels for the parts",
    "seed": "Keep at least the innermost pixel",
}
SIDES = {False: "inside it", True: "outside it"}
EXTENTS = {
    "plane": "Current plane",
    "planes": "Every plane, each by itself",
    "volume": "Volume (3-D)",
}
MEAN_IOU = (
    "Mean over all true cells of their highest IoU with any label, as in the benchmark paper's "
    "Figure 5. The Score widget's mean IoU is that of matched pairs only."
)
PART = (
    "The image is large: preview, number of cells and score are of the part in view. Apply works "
    "on all of it."
)


WAY_TIP = (
    "Straight-line distance is skimage's expand_labels, and its counterpart for shrinking. "
    "The benchmark paper used iterations of scipy's binary dilation and erosion, of each "
    "cell by itself: dilated cells could overlap, which a labels layer can't show. Here "
    "they stop each other, which is the same for cells that stay apart."
)


class AdjustForm:
    """The fields, and how results are shown in them.

    Parameters
    ----------
    viewer
        napari's viewer.
    """

    def __init__(self, viewer: Any) -> None:
        self.layer = LayerBox(viewer, is_adjustable, "The labels that grow or shrink")
        self.mask = LayerBox(
            viewer, is_adjustable, "Where labels may grow: pixels of this layer above 0"
        )
        self.truth = LayerBox(viewer, is_adjustable, "What the result is scored against")
        self.extent = choice_box(EXTENTS, "Whether planes are adjusted one by one or as a volume")
        self.side = choice_box(SIDES, "Whether labels grow into the mask or stay out of it")
        self.distance = DistanceSlider()
        self.way = choice_box(
            {way: title for way, title in WAYS.items() if way != "masks"}, WAY_TIP
        )
        self.parts = choice_box(
            PARTS, "What becomes of cells that shrinking splits or extinguishes"
        )
        self.cells = QLabel()
        self.figures = {key: QLabel("–") for key in FIGURES}
        self.changes = {key: QLabel() for key in FIGURES}
        self.problem = QLabel()
        self.best = BestDistance(viewer)
        self.measure_button = QPushButton("Measure shapes")
        self.apply_button = QPushButton("Apply")
        self.reset_button = QPushButton("Reset")
        self.status = QLabel()
        self.labels_form = QFormLayout()

    def show_extent(self, axes: int) -> None:
        """Offer planes and volumes where the layer has them."""
        self._show_row(self.extent, axes > 2)
        if axes < 3:
            self.extent.setCurrentIndex(0)

    def show_side(self) -> None:
        """Offer the sides of the mask where there is one."""
        self._show_row(self.side, self.mask.layer() is not None)

    def show_busy(self, text: str) -> None:
        """Wait for something that mustn't be disturbed."""
        self._enable(False)
        self.status.setText(text)

    def show_nothing(self, text: str) -> None:
        """Say why there is no preview."""
        self._enable(False)
        self.reset_button.setEnabled(True)
        self.cells.setText("")
        self.show_score(Scored(None, None))
        self.status.setText(text)

    def show_cells(self, result: Adjusted, note: str) -> None:
        """Show how many cells there are at a distance; the note where there is none."""
        self._enable(True)
        self.apply_button.setEnabled(result.order.distance != 0)
        lost = f"<b>{result.lost:,}</b> lost" if result.lost else "none lost"
        plural = "" if result.n_objects == 1 else "s"
        self.cells.setText(f"<b>{result.n_objects:,}</b> cell{plural}, {lost}")
        part = PART if result.order.region else ""
        self.status.setText(part if result.order.distance else note)

    def show_score(self, scored: Scored) -> None:
        """Show the score and what has changed, or why there is none."""
        for key, label in self.figures.items():
            label.setText(_figure(scored.now, key))
            self.changes[key].setText(_change(scored, key))
        none = "Choose the truth to see the score." if self.truth.layer() is None else ""
        self.problem.setText(scored.problem or none)
        self.problem.setVisible(bool(self.problem.text()))

    def fill(self, widget: QWidget) -> None:
        """Put the fields into a widget."""
        labels = QGroupBox("Labels")
        labels.setLayout(self.labels_form)
        self.labels_form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.labels_form.addRow("Labels", self.layer)
        self.labels_form.addRow("Work on", self.extent)
        self.labels_form.addRow("Truth", self.truth)
        self.labels_form.addRow("Mask", self.mask)
        self.labels_form.addRow("Grow", self.side)
        self.labels_form.addRow(self.measure_button)
        distance = FormGroup("Distance")
        distance.rows.addRow(self.distance)
        distance.rows.addRow("Way", self.way)
        distance.rows.addRow("When split", self.parts)
        distance.rows.addRow(self.cells)
        buttons = QHBoxLayout()
        buttons.addWidget(self.apply_button, 2)
        buttons.addWidget(self.reset_button, 1)
        layout = QVBoxLayout(widget)
        layout.addWidget(scrolling(labels, distance, self._score_group(), self.best), 1)
        layout.addLayout(buttons)
        layout.addWidget(self.status)
        self._explain()

    def _score_group(self) -> QGroupBox:
        group = QGroupBox("Score against the truth")
        grid = QGridLayout(group)
        for column, (key, name) in enumerate(FIGURES.items()):
            title = QLabel(name)
            tip = MEAN_IOU
            if key != "mean_iou":
                tip = f"{DEFINITIONS[key].name}: {DEFINITIONS[key].formula}"
            self.figures[key].setStyleSheet("font-size: 20px; font-weight: bold;")
            self.changes[key].setStyleSheet("font-size: 11px;")
            for row, label in enumerate((title, self.figures[key], self.changes[key])):
                label.setToolTip(f"{tip} Below: the change to the original.")
                grid.addWidget(label, row, column)
        note = QLabel("AP: no cell has a confidence, so all count with 1 and rank by id.")
        note.setStyleSheet("font-size: 11px;")
        note.setToolTip(NO_SCORES)
        note.setWordWrap(True)
        grid.addWidget(note, 3, 0, 1, len(FIGURES))
        grid.addWidget(self.problem, 4, 0, 1, len(FIGURES))
        self.problem.setWordWrap(True)
        return group

    def _explain(self) -> None:
        self.status.setWordWrap(True)
        self.status.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.apply_button.setMinimumHeight(32)
        self.apply_button.setToolTip("Make a new layer of what the preview shows")
        self.reset_button.setToolTip("Return to the original labels")
        self.measure_button.setToolTip(
            "Size, elongation, convexity and more of each cell, into the layer's features"
        )

    def _show_row(self, field: QWidget, on: bool) -> None:
        field.setVisible(on)
        self.labels_form.labelForField(field).setVisible(on)

    def _enable(self, on: bool) -> None:
        for widget in (self.distance, self.apply_button, self.reset_button):
            widget.setEnabled(on)


def _figure(figures: Figures | None, key: str) -> str:
    value = math.nan if figures is None else getattr(figures, key)
    return "–" if math.isnan(value) else f"{value:.3f}"


def _change(scored: Scored, key: str) -> str:
    if scored.now is None or scored.original is None:
        return ""
    change = getattr(scored.now, key) - getattr(scored.original, key)
    if math.isnan(change):
        return "no true cells"
    return "±0" if abs(change) < 5e-4 else f"{change:+.3f}"
