"""The group from which chosen cells are carried on to the next planes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QListWidget, QListWidgetItem, QSpinBox, QVBoxLayout

from ...corrections.carry import Drift, Proposal
from ..choices import ChoiceBox, FormGroup, button, row_of
from ..jobs.run_bar import RunBar

ROWS = 7
"""Of the list."""


class CarryBox(FormGroup):
    """Where to, how far, and what is proposed.

    Signals
    -------
    asked(step)
        1 for forwards, -1 for backwards.
    chosen(proposal)
        Another row is current.
    accepted(proposals)
        A list of those that are to be written.
    discarded(proposals)
        A list of those that are not.
    """

    asked = Signal(int)
    chosen = Signal(object)
    accepted = Signal(list)
    discarded = Signal(list)

    def __init__(self) -> None:
        super().__init__("To the next planes")
        self.axis = ChoiceBox("Along which axis of the stack")
        self.limit = QSpinBox()
        self.backwards = button("‹ Backwards", "Look for the chosen cells on the planes before")
        self.runs = RunBar(
            "Forwards ›",
            "Look for the chosen cells on the next planes; nothing is written before you accept it",
            "Stop; what was proposed so far stays in the list",
            self.backwards,
        )
        self.list = QListWidget()
        self.accept_button = button("Accept", "Write the cells of this plane")
        self.up_to_button = button(
            "Accept up to here", "Write the cells of this plane and of those above it in the list"
        )
        self.discard_button = button(
            "Discard", "Forget this plane and those below it in the list, which follow from it"
        )
        self._build()
        self.show_axes([])
        self.clear()

    @property
    def proposal(self) -> Proposal | None:
        """The one that is current."""
        item = self.list.currentItem()
        return None if item is None else item.data(Qt.ItemDataRole.UserRole)

    def proposals(self) -> list[Proposal]:
        """Return all that are open, in their order."""
        return [
            self.list.item(row).data(Qt.ItemDataRole.UserRole) for row in range(self.list.count())
        ]

    def show_axes(self, names: Sequence[str]) -> None:
        """Offer the axes that a stack can be gone along; the last one is chosen at first."""
        if [self.axis.itemText(row) for row in range(self.axis.count())] != list(names):
            self.axis.clear()
            self.axis.addItems(list(names))
            self.axis.setCurrentIndex(len(names) - 1)
        self.rows.setRowVisible(self.axis, len(names) > 1)
        self.setVisible(bool(names))

    def add(self, proposal: Proposal) -> None:
        """Add what was found on the next plane."""
        item = QListWidgetItem(words(proposal))
        item.setToolTip("\n".join(map(_drift, proposal.drifts)))
        item.setData(Qt.ItemDataRole.UserRole, proposal)
        self.list.addItem(item)
        self._show_parts()

    def remove(self, proposals: Sequence[Proposal]) -> None:
        """Take out what was accepted or discarded."""
        for row in reversed(range(self.list.count())):
            if self.list.item(row).data(Qt.ItemDataRole.UserRole) in proposals:
                self.list.takeItem(row)
        self._show_parts()

    def clear(self) -> None:
        """Propose nothing."""
        self.list.clear()
        self._show_parts()

    def set_ready(self, is_ready: bool) -> None:
        """Say whether a run can start."""
        self.runs.set_ready(is_ready)
        self.backwards.setEnabled(is_ready and self.runs.run is None)

    def _show_parts(self) -> None:
        """Show list and buttons only while there is something to decide."""
        has_any = self.list.count() > 0
        parts = (self.list, self.accept_button, self.up_to_button, self.discard_button)
        for part in parts:
            part.setVisible(has_any)
        for one in parts[1:]:
            one.setEnabled(self.proposal is not None)

    def _choose(self, *_: object) -> None:
        self._show_parts()
        if self.proposal is not None:
            self.chosen.emit(self.proposal)

    def _accept(self) -> None:
        if self.proposal is not None:
            self.accepted.emit([self.proposal])

    def _accept_up_to(self) -> None:
        self.accepted.emit(self.proposals()[: self.list.currentRow() + 1])

    def _discard(self) -> None:
        if self.list.currentRow() >= 0:
            self.discarded.emit(self.proposals()[self.list.currentRow() :])

    def _build(self) -> None:
        self.limit.setRange(1, 100_000)
        self.limit.setValue(20)
        self.limit.setSuffix(" planes")
        self.limit.setToolTip("How far to go at most; a cell that ends is carried on no further")
        self.list.setAccessibleName("Proposals")
        self.list.setToolTip("A click goes there")
        self.list.setFixedHeight(ROWS * (self.list.fontMetrics().lineSpacing() + 4))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setWordWrap(True)
        self.rows.addRow("Along", self.axis)
        self.rows.addRow("At most", self.limit)
        column = QVBoxLayout()
        column.addWidget(self.runs)
        column.addWidget(self.list)
        column.addLayout(row_of(self.accept_button, self.up_to_button, self.discard_button))
        self.rows.addRow(column)
        self.runs.asked.connect(lambda: self.asked.emit(1))
        self.backwards.clicked.connect(lambda *_: self.asked.emit(-1))
        self.list.currentRowChanged.connect(self._choose)
        self.accept_button.clicked.connect(self._accept)
        self.up_to_button.clicked.connect(self._accept_up_to)
        self.discard_button.clicked.connect(self._discard)


def words(proposal: Proposal) -> str:
    """Say in a line what was found on a plane.

    The least IoU and the longest way of all cells, and which have ended why.
    """
    going = [drift for drift in proposal.drifts if not drift.ended]
    parts = []
    if going:
        n = len(going)
        iou, shift = min(one.iou for one in going), max(one.shift for one in going)
        parts.append(f"{n} cell{'s' * (n > 1)}, IoU {iou:.2f}, moved {shift:.1f} px")
    parts += [f"cell {one.cell} ended: {_lower(one.ended)}" for one in proposal.drifts if one.ended]
    return f"Plane {proposal.plane} · " + "; ".join(parts)


def _drift(one: Drift) -> str:
    if one.ended and np.isnan(one.shift):
        return f"Cell {one.cell}: {one.ended}"
    text = (
        f"Cell {one.cell}: IoU {one.iou:.2f} with the plane before, moved {one.shift:.1f} px, "
        f"{one.change:.2f} times as large"
    )
    return f"{text}. {one.ended}" if one.ended else text


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:].rstrip(".")
