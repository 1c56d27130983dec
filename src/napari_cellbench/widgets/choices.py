"""What forms are made of: boxes of choices, buttons, rows, frames, a page that scrolls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qtpy.QtCore import QEvent, QSize, Qt
from qtpy.QtGui import QHelpEvent, QPaintEvent, QTextDocument
from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QGroupBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from ..scoring.counts import THRESHOLDS

NARROWEST_BOX = 80
"""Width that a box of choices asks for, in pixels of the screen."""
MARGIN = 6
"""Between a box's text and its arrow, in pixels of the screen."""

CONTROLS = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit)
"""What a person operates."""

DEVICES = {"auto": "Automatic", "cpu": "CPU", "cuda": "NVIDIA GPU (CUDA)", "mps": "Apple GPU"}


class ChoiceBox(QComboBox):
    """A box that takes the room there is, however long its texts are.

    A text that doesn't fit is cut in the middle, where names differ least; the list has it whole,
    and the tooltip, above what that says else.
    """

    def __init__(self, tip: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTip(tip)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def explanation(self) -> str:
        """Return what the tooltip shows now."""
        is_cut = self._shown()[0] != self.currentText()
        lines = [self.currentText() if is_cut else "", self.toolTip()]
        return "\n".join(line for line in lines if line)

    def event(self, event: QEvent) -> bool:
        """Show the whole text in the tooltip where it is cut."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.explanation(), self)
            return True
        return bool(super().event(event))

    def sizeHint(self) -> QSize:  # noqa: N802
        """Ask for little: the layout gives more."""
        return QSize(NARROWEST_BOX, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Ask for little, also where a long text stands in for a choice."""
        return self.sizeHint()

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802
        """Paint as Qt does, but for the cut."""
        painter = QStylePainter(self)
        text, option = self._shown()
        option.currentText = text
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def _shown(self) -> tuple[str, QStyleOptionComboBox]:
        """Return the text as it fits."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        field = QStyle.SubControl.SC_ComboBoxEditField
        kind = QStyle.ComplexControl.CC_ComboBox
        room = self.style().subControlRect(kind, option, field, self).width() - MARGIN
        middle = Qt.TextElideMode.ElideMiddle
        return option.fontMetrics.elidedText(option.currentText, middle, room), option


def choice_box(items: Mapping[Any, str], tip: str) -> ChoiceBox:
    """Return a box of titles by key; the key is the current data."""
    box = ChoiceBox(tip)
    for key, title in items.items():
        box.addItem(title, key)
    return box


def iou_box(tip: str) -> ChoiceBox:
    """Return a box of IoU thresholds; the threshold is the current data."""
    return choice_box({threshold: f"IoU {threshold:.2f}" for threshold in THRESHOLDS}, tip)


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


def name_controls(panel: QWidget) -> None:
    """Tell those who don't see what a panel's controls are: what stands beside them, or the tip.

    What has a name of its own, or bears one, keeps it.
    """
    for form in panel.findChildren(QFormLayout):
        for row in range(form.rowCount()):
            label = form.itemAt(row, QFormLayout.ItemRole.LabelRole)
            field = form.itemAt(row, QFormLayout.ItemRole.FieldRole)
            if label is not None and field is not None and field.widget() is not None:
                _name(field.widget(), label.widget().text())
    for control in panel.findChildren(QWidget):
        if isinstance(control, CONTROLS) and not _is_named(control):
            tip = QTextDocument()
            tip.setHtml(control.toolTip())
            _name(control, tip.toPlainText().partition(".")[0])


def _name(control: QWidget, name: str) -> None:
    if not _is_named(control):
        control.setAccessibleName(name)


def _is_named(control: QWidget) -> bool:
    has_text = isinstance(control, QAbstractButton) and control.text()
    return bool(control.accessibleName() or has_text)


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
