"""Which objects count: what the image's edge cuts, or by size."""

from __future__ import annotations

from qtpy.QtCore import QSignalBlocker, Signal
from qtpy.QtWidgets import QGridLayout, QLabel, QSpinBox, QWidget

from ..scoring.selection import Selection

MOST = 10_000_000
"""Largest number that can be entered."""
NARROWEST = 78
"""Width of a field, in pixels of the screen."""


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
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        for column, (title, box, tooltip) in enumerate(
            (
                (
                    "edge",
                    self.edge,
                    "Leave out objects with a pixel among so many outermost rows or columns, of "
                    "the region if there is one. The NeurIPS 2022 challenge leaves out 2.",
                ),
                ("below", self.smallest, "Leave out objects of fewer pixels"),
                ("above", self.largest, "Leave out objects of more pixels"),
            )
        ):
            box.setMaximum(MOST)
            box.setSuffix(" px")
            box.setSpecialValueText("–")
            box.setToolTip(f"{tooltip}. Of truth and prediction, each by itself; – is none.")
            box.setAccessibleName(f"Leave out {title}")
            box.setKeyboardTracking(False)
            box.valueChanged.connect(lambda _: self.changed.emit())
            # Wide enough for four digits; the layout gives more.
            box.setMinimumWidth(NARROWEST)
            grid.addWidget(QLabel(title), 0, column)
            grid.addWidget(box, 1, column)
            grid.setColumnStretch(column, 1)

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
