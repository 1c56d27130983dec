"""Which objects count: what the image's edge cuts, or by size."""

from __future__ import annotations

from qtpy.QtCore import QSignalBlocker, Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QWidget

from ..scoring.selection import Selection

MOST = 10_000_000
"""Largest number that can be entered."""


class SelectionBox(QWidget):
    """Three numbers; 0 leaves nothing out.

    Signals
    -------
    changed
        Other objects shall count.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.edge, self.smallest, self.largest = (QSpinBox() for _ in range(3))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for title, box, tooltip in (
            (
                "edge",
                self.edge,
                "Leave out objects with a pixel among so many outermost rows or columns, of the "
                "region if there is one. The NeurIPS 2022 challenge leaves out 2.",
            ),
            ("below", self.smallest, "Leave out objects of fewer pixels"),
            ("above", self.largest, "Leave out objects of more pixels"),
        ):
            box.setMaximum(MOST)
            box.setSuffix(" px")
            box.setSpecialValueText("–")
            box.setToolTip(f"{tooltip}. Of truth and prediction, each by itself; – is none.")
            box.setKeyboardTracking(False)
            box.valueChanged.connect(lambda _: self.changed.emit())
            row.addWidget(QLabel(title))
            row.addWidget(box, 1)

    def selection(self) -> Selection:
        """Return what is left out.

        Raises
        ------
        InputError
            If the limits of size exclude each other.
        """
        return Selection(self.edge.value(), self.smallest.value(), self.largest.value() or None)

    def choose(self, selection: Selection) -> None:
        """Show a selection."""
        with QSignalBlocker(self):
            self.edge.setValue(selection.edge)
            self.smallest.setValue(selection.smallest)
            self.largest.setValue(selection.largest or 0)
        self.changed.emit()
