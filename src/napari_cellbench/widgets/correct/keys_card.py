"""A card that says which key does what, shown on demand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QDialog, QGridLayout, QLabel, QWidget

from .keys import Key


class KeysCard(QDialog):
    """Lists keys beside what they do; Escape closes it, and it never keeps a person from working.

    Neighbours that do the same stand in one line.

    Parameters
    ----------
    keys
        In their order.
    parent
        Above which it stands.
    """

    def __init__(self, keys: Sequence[Key], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Tool)
        self.setWindowTitle("Keys over the image")
        grid = QGridLayout(self)
        grid.setHorizontalSpacing(18)
        for row, (what, alike) in enumerate(groupby(keys, attrgetter("what"))):
            first, *others = (key.name.replace("Return", "Enter") for key in alike)
            names = ", ".join([first, *(name.rpartition("+")[2] for name in others)])
            name = QLabel(f"<b>{names}</b>")
            name.setTextFormat(Qt.TextFormat.RichText)
            grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(QLabel(what), row, 1)
