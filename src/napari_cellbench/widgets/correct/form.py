"""What stands in the Correct panel."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QGridLayout,
    QGroupBox,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ..choices import FormGroup, button, row_of
from ..input_groups import ImageGroup
from ..layers.box import LayerBox
from ..method.checkpoint_box import CheckpointBox
from ..score.layers import is_labels
from .carry_box import CarryBox
from .count_box import CountBox
from .review_box import ReviewBox
from .sight import METHOD
from .take_box import TakeBox
from .tool_box import ToolBox
from .tools import ON_ALL, ON_CHOSEN

COLUMNS = 3


class CorrectForm(QWidget):
    """Labels, image and model; tools; what is done to the chosen cell and to all.

    Parameters
    ----------
    viewer
        napari's viewer.

    Signals
    -------
    asked(title)
        A button of `ON_CHOSEN` or `ON_ALL` was pressed.
    """

    asked = Signal(str)

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self.labels = LayerBox(viewer, is_labels, "The cells that are corrected")
        self.new_button = button("New", "Begin with an empty labels layer on the image")
        self.images = ImageGroup(viewer)
        self.model = CheckpointBox()
        self.model.setToolTip("Which Segment Anything answers; larger ones are slower")
        self.model.show_method(METHOD)
        self.tools = ToolBox(viewer)
        self.one: dict[str, QPushButton] = {}
        self.all: dict[str, QPushButton] = {}
        self.area = QSpinBox()
        self.review = ReviewBox()
        self.take, self.count, self.carry = TakeBox(viewer), CountBox(), CarryBox()
        self.chosen, self.cells = QLabel(), list[int]()
        self.chosen.setWordWrap(True)
        self._build()

    def show_chosen(self, cells: list[int]) -> None:
        """Say which cells are chosen."""
        self.cells = cells
        named = f"Cell{'s' * (len(cells) > 1)} {', '.join(map(str, cells))}"
        self.chosen.setText(named if cells else "None: click one with Choose.")
        for one in self.one.values():
            one.setEnabled(len(cells) == 1)

    def _build(self) -> None:
        work = FormGroup("Cells")
        labels = QWidget()
        labels.setLayout(row_of(self.labels, self.new_button))
        labels.layout().setContentsMargins(0, 0, 0, 0)
        labels.layout().setStretch(0, 1)
        work.rows.addRow("Labels", labels)
        self.images.rows.addRow("Model", self.model)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        groups = (work, self.tools, self.take, self.count, self._cell(), self.carry, self.review)
        for group in (*groups, self._plane(), self.images):
            column.addWidget(group)
        column.addStretch(1)
        self.show_chosen([])

    def _cell(self) -> QGroupBox:
        group = QGroupBox("Chosen cell")
        grid = QGridLayout(group)
        grid.addWidget(self.chosen, 0, 0, 1, COLUMNS)
        for number, (title, (tip, _)) in enumerate(ON_CHOSEN.items()):
            self.one[title] = self._button(title, tip)
            row, at = divmod(number, COLUMNS)
            grid.addWidget(self.one[title], row + 1, at)
        return group

    def _plane(self) -> QGroupBox:
        group = QGroupBox("All cells of the plane")
        self.area.setRange(1, 1_000_000)
        self.area.setValue(30)
        self.area.setSuffix(" px")
        self.area.setToolTip("Area below which “Delete smaller” deletes a cell")
        grid = QGridLayout(group)
        for title, (tip, _) in ON_ALL.items():
            self.all[title] = self._button(title, tip)
        grid.addWidget(self.all["Delete smaller"], 0, 0)
        grid.addWidget(self.area, 0, 1)
        grid.addWidget(self.all["Delete at edge"], 1, 0)
        grid.addWidget(self.all["Renumber"], 1, 1)
        return group

    def _button(self, title: str, tip: str) -> QPushButton:
        one = button(title, tip)
        one.clicked.connect(lambda *_: self.asked.emit(title))
        return one
