"""The list of what is worth a look, and how far a person is with it."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QGroupBox, QLabel, QListWidget, QListWidgetItem, QVBoxLayout

from ...corrections.doubts import KINDS, Doubt, Order, chosen, ordered
from ...corrections.review import CellState, Review
from ..choices import ChoiceBox, button, choice_box, row_of

ORDERS: dict[Order, str] = {
    "doubt": "Most doubtful first",
    "size": "Largest first",
    "place": "From place to place",
    "id": "By number",
}
ROWS = 3, 9
"""Of the list that are in view, at least and at most."""


class ReviewBox(QGroupBox):
    """Shows doubts that are open, and says what a person decides.

    Signals
    -------
    looked
        The person wants to know what is worth a look.
    chosen(doubt)
        Another row is current.
    decided(doubt, state)
        A `Doubt` and the `CellState` that its cells have now.
    """

    looked = Signal()
    chosen = Signal(object)
    decided = Signal(object, object)

    def __init__(self) -> None:
        super().__init__("Review")
        self.look_button = button(
            "Look through",
            "List what is most worth a look: errors against the truth where there is one, else the "
            "places where several results differ, else odd sizes and shapes, low scores, and cells "
            "that are cut",
        )
        self.order = choice_box(ORDERS, "Which comes first")
        self.kind = ChoiceBox("Which kind is listed")
        self.source = QLabel()
        self.list = QListWidget()
        self.right_button = button("Right", "It is right as it is; go on to the next (Space)")
        self.unsure_button = button("Unsure", "Leave it for later; go on to the next (Shift+U)")
        self.progress = QLabel()
        self._doubts: list[Doubt] = []
        self._review: Review | None = None
        self._build()
        self.show_source("")
        self.show_review([], None)

    @property
    def doubt(self) -> Doubt | None:
        """The one that is current."""
        item = self.list.currentItem()
        return None if item is None else item.data(Qt.ItemDataRole.UserRole)

    def show_review(self, doubts: Sequence[Doubt], review: Review | None) -> None:
        """Show what is open of these; the current one stays, else that which takes its place."""
        self._doubts, self._review = list(doubts), review
        self._show_kinds()
        before, row = self.doubt, self.list.currentRow()
        self.list.blockSignals(True)
        self.list.clear()
        for one in ordered(self._listed(), self._order()):
            item = QListWidgetItem(_text(one, review))
            item.setData(Qt.ItemDataRole.UserRole, one)
            item.setToolTip(one.reason)
            self.list.addItem(item)
            if one == before:
                self.list.setCurrentItem(item)
        if self.list.currentItem() is None and self.list.count():
            self.list.setCurrentRow(min(max(row, 0), self.list.count() - 1))
        self.list.blockSignals(False)
        self._fit()
        for one in (self.right_button, self.unsure_button):
            one.setEnabled(self.doubt is not None)
        self.progress.setText(self._progress())
        if self.doubt is not None and self.doubt != before:
            self.chosen.emit(self.doubt)

    def decide(self, state: CellState) -> bool:
        """Say of the current doubt what it is; return whether there is one."""
        doubt = self.doubt
        if doubt is None:
            return False
        if state is CellState.UNSURE and self.list.currentRow() + 1 < self.list.count():
            # It stays in the list: go on to the one below.
            self.list.blockSignals(True)
            self.list.setCurrentRow(self.list.currentRow() + 1)
            self.list.blockSignals(False)
            following = self.doubt
            self.decided.emit(doubt, state)
            if following is not None:
                self.chosen.emit(following)
        else:
            self.decided.emit(doubt, state)
        return True

    def show_source(self, text: str) -> None:
        """Say what told the doubts; nothing if the text is empty."""
        self.source.setText(text)
        self.source.setVisible(bool(text))

    def _listed(self) -> list[Doubt]:
        """Return what is open, of the kind that is chosen."""
        if self._review is None:
            return []
        kind = self.kind.currentData()
        return chosen(self._review.open(self._doubts), None if kind is None else {kind})

    def _show_kinds(self) -> None:
        """Offer the kinds that there are; the choice stays as long as it is among them."""
        found = {kind for one in self._doubts for kind in one.kinds}
        before, kinds = self.kind.currentData(), [kind for kind in KINDS if kind in found]
        blocked = self.kind.blockSignals(True)
        self.kind.clear()
        self.kind.addItem("All kinds", None)
        for kind in kinds:
            self.kind.addItem(KINDS[kind], kind)
        self.kind.setCurrentIndex(kinds.index(before) + 1 if before in kinds else 0)
        self.kind.blockSignals(blocked)
        self.kind.setEnabled(len(kinds) > 1)

    def _fit(self) -> None:
        """Make the list as high as what is in it, within bounds."""
        least, most = ROWS
        line = max(self.list.sizeHintForRow(0), self.list.fontMetrics().lineSpacing() + 2)
        rows = min(max(self.list.count(), least), most)
        self.list.setFixedHeight(rows * line + 2 * self.list.frameWidth() + 4)

    def _progress(self) -> str:
        if self._review is None:
            return "Press Look through to begin."
        found, text = self.list.count(), self._review.progress().text()
        if not found and self.kind.currentData() is not None:
            return f"Nothing more of this kind to look at. {text}."
        if not found and self._doubts:
            return f"Nothing more to look at. {text}."
        if not found:
            return f"Nothing looks odd. {text}."
        return f"{found:,} worth a look. {text}."

    def _order(self) -> Order:
        order: Order = self.order.currentData()
        return order

    def _choose(self, *_: object) -> None:
        for one in (self.right_button, self.unsure_button):
            one.setEnabled(self.doubt is not None)
        if self.doubt is not None:
            self.chosen.emit(self.doubt)

    def _build(self) -> None:
        self.list.setAccessibleName("What is worth a look")
        self.list.setToolTip("A click goes there")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        for label in (self.source, self.progress):
            label.setWordWrap(True)
        column = QVBoxLayout(self)
        column.addWidget(self.look_button)
        column.addLayout(row_of(self.order, self.kind))
        column.addWidget(self.source)
        column.addWidget(self.list)
        column.addLayout(row_of(self.right_button, self.unsure_button))
        column.addWidget(self.progress)
        self.look_button.clicked.connect(self.looked)
        self.list.currentRowChanged.connect(self._choose)
        for box in (self.order, self.kind):
            box.currentIndexChanged.connect(lambda *_: self.show_review(self._doubts, self._review))
        self.right_button.clicked.connect(lambda *_: self.decide(CellState.RIGHT))
        self.unsure_button.clicked.connect(lambda *_: self.decide(CellState.UNSURE))


def _text(doubt: Doubt, review: Review | None) -> str:
    if not doubt.cells:
        return doubt.reason
    cells = ", ".join(map(str, doubt.cells[:3])) + (" …" if len(doubt.cells) > 3 else "")
    named = f"Cell {cells}" if len(doubt.cells) == 1 else f"Cells {cells}"
    unsure = review is not None and any(
        review.state(cell, doubt.at) is CellState.UNSURE for cell in doubt.cells
    )
    return f"{'Unsure · ' * unsure}{named}: {doubt.reason}"
