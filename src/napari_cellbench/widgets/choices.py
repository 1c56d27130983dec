"""What forms are made of: boxes of choices, buttons, rows, frames, a page that scrolls."""

from __future__ import annotations

from collections.abc import Mapping

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QComboBox,
    QFormLayout,
    QFrame,
    QGroupBox,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ..scoring.counts import THRESHOLDS

DEVICES = {"auto": "Automatic", "cpu": "CPU", "cuda": "NVIDIA GPU (CUDA)", "mps": "Apple GPU"}


def choice_box(items: Mapping[str, str]) -> QComboBox:
    """Return a box of titles by key; the key is the current data."""
    box = QComboBox()
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    for key, title in items.items():
        box.addItem(title, key)
    return box


def iou_box() -> QComboBox:
    """Return a box of IoU thresholds; the threshold is the current data."""
    box = QComboBox()
    for threshold in THRESHOLDS:
        box.addItem(f"IoU {threshold:.2f}", threshold)
    return box


def button(text: str, tip: str) -> QPushButton:
    """Return a button with a tooltip."""
    made = QPushButton(text)
    made.setToolTip(tip)
    return made


def row_of(*widgets: QWidget) -> QHBoxLayout:
    """Return widgets beside each other."""
    row = QHBoxLayout()
    for widget in widgets:
        row.addWidget(widget)
    return row


class FormGroup(QGroupBox):
    """A frame with a title around rows of a form."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.rows = QFormLayout(self)
        self.rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)


def scrolling(*groups: QWidget) -> QScrollArea:
    """Return a page of groups below each other, which scrolls up and down where room is short."""
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 6, 0)
    for group in groups:
        column.addWidget(group)
    column.addStretch(1)
    return scroll_area(page)


def scroll_area(content: QWidget, *, frame: bool = True) -> QScrollArea:
    """Return an area in which a widget as wide as it scrolls up and down."""
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    if not frame:
        scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setWidget(content)
    return scroll
