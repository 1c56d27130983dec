"""The first question: whether nuclei or whole cells are to be found."""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from ..data import Target
from .choices import button

TIPS: dict[Target, tuple[str, str]] = {
    "nucleus": ("Nuclei", "Outline the nuclei: a method and a checkpoint for them are chosen"),
    "whole_cell": (
        "Whole cells",
        "Outline the cells with their cytoplasm: a method and a checkpoint for them are chosen",
    ),
}


class TargetChoice(QWidget):
    """Two buttons, of which one is down.

    Signals
    -------
    chosen(target)
        The user has pressed one.
    """

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.buttons: dict[Target, QPushButton] = {}
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for target, (text, tip) in TIPS.items():
            one = button(text, tip)
            one.setCheckable(True)
            one.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self._group.addButton(one)
            self.buttons[target] = one
            row.addWidget(one)
        self._group.buttonClicked.connect(lambda _: self.chosen.emit(self.target()))

    def target(self) -> Target:
        """Return which one is down."""
        return next(target for target, one in self.buttons.items() if one.isChecked())

    def show_target(self, target: Target) -> None:
        """Let one be down; tells nobody."""
        self.buttons[target].setChecked(True)
