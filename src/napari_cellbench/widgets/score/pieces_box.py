"""Whether masks without ids are scored by their connected pieces."""

from __future__ import annotations

from collections.abc import Set

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from ...scoring.pieces import Side

TITLES: dict[Side, str] = {
    "truth": "Split truth into pieces",
    "prediction": "Split predictions into pieces",
}


class PiecesBox(QWidget):
    """A tick for the truth, and one for the predictions, where they are masks without ids.

    Signals
    -------
    changed
        Other objects shall be scored.
    useful(bool)
        Whether there is such a mask.
    """

    changed = Signal()
    useful = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.ticks = {side: QCheckBox(title) for side, title in TITLES.items()}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for side, tick in self.ticks.items():
            tick.setToolTip(
                "All cells have one value, which makes them a single object. Ticked, each "
                "connected piece of such a mask is a cell, pixels that touch at a corner "
                f"included. The same as “cellbench score --binary-{side} components”."
            )
            tick.toggled.connect(lambda _: self.changed.emit())
            row.addWidget(tick)
        row.addStretch(1)
        self.offer(frozenset())

    def sides(self) -> frozenset[Side]:
        """Return what is to be split where it is such a mask."""
        return frozenset(side for side, tick in self.ticks.items() if tick.isChecked())

    def offer(self, masks: Set[Side]) -> None:
        """Show the ticks of these sides; hidden ones stay as they are, for other layers."""
        for side, tick in self.ticks.items():
            tick.setVisible(side in masks)
        self.useful.emit(bool(masks))
