"""How many true cells two results find, both, one of them or none; a click shows the cells."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QGridLayout, QLabel, QPushButton, QWidget

from ....scoring.cell_pairs import CellPairs
from .scatter import KINDS

PLACES = {"both": (1, 1), "only_a": (1, 2), "only_b": (2, 1), "neither": (2, 2)}
TIPS = {
    "both": "True cells that A and B find",
    "only_a": "True cells that only A finds",
    "only_b": "True cells that only B finds",
    "neither": "True cells that neither finds",
    "false_a": "Cells of A that are not in the truth",
    "false_b": "Cells of B that are not in the truth",
}


class Counts(QWidget):
    """A table of two rows and columns, and false cells beside it.

    Signals
    -------
    chosen(kind)
        A number was clicked; a key of `TIPS`.
    """

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.buttons = {kind: QPushButton() for kind in TIPS}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        for column, title in enumerate(("B finds", "B misses", "False cells"), start=1):
            heading = QLabel(title)
            heading.setAlignment(Qt.AlignmentFlag.AlignCenter)
            grid.addWidget(heading, 0, column)
            grid.setColumnStretch(column, 1)
        grid.addWidget(QLabel("A finds"), 1, 0)
        grid.addWidget(QLabel("A misses"), 2, 0)
        places = {**PLACES, "false_a": (1, 3), "false_b": (2, 3)}
        for kind, button in self.buttons.items():
            button.setToolTip(f"{TIPS[kind]}: click to see them")
            button.clicked.connect(lambda _=False, kind=kind: self.chosen.emit(kind))
            grid.addWidget(button, *places[kind])
            if kind in KINDS:
                # The colour of the points.
                button.setStyleSheet(f"border-left: 5px solid {KINDS[kind]}")

    def show_pairs(self, pairs: CellPairs) -> None:
        """Show the numbers."""
        numbers = {kind: int(getattr(pairs, kind).sum()) for kind in KINDS}
        numbers |= {"false_a": len(pairs.a.false), "false_b": len(pairs.b.false)}
        for kind, button in self.buttons.items():
            letter = {"false_a": "A: ", "false_b": "B: "}.get(kind, "")
            button.setText(f"{letter}{numbers[kind]:,}")
            button.setEnabled(numbers[kind] > 0)
