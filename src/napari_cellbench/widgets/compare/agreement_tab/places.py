"""The list of places where results differ most, to step through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt, Signal
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from ....scoring.disagreement import Place
from ...choices import ChoiceBox, button, row_of

COLUMNS = {
    "Where results differ": "The largest area in dispute first",
    "Cells": "Cells of result 1, 2 .., in the order of the map above",
    "In dispute": "Pixels, each counted with the part of all pairs of results that disagree on it",
}
"""Titles and tips."""
MOST = 10
"""Of more results, the numbers of cells have no room; the tip of a row has them."""


class PlacesModel(QAbstractTableModel):
    """`Place` objects as a table."""

    def __init__(self) -> None:
        super().__init__()
        self.places: Sequence[Place] = ()
        self.names: Sequence[str] = ()

    def set_places(self, places: Sequence[Place], names: Sequence[str]) -> None:
        """Show these; the names are those of the results, in the order of the places' counts."""
        self.beginResetModel()
        self.places, self.names = places, names
        self.endResetModel()

    def rowCount(self, parent: Any = None) -> int:  # noqa: N802
        """Qt's name for the number of places."""
        return 0 if parent is not None and parent.isValid() else len(self.places)

    def columnCount(self, parent: Any = None) -> int:  # noqa: N802
        """Qt's name for the number of columns."""
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Any, role: int = 0) -> Any:  # noqa: N802
        """Title of a column."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        title, tip = list(COLUMNS.items())[section]
        return {Qt.ItemDataRole.DisplayRole: title, Qt.ItemDataRole.ToolTipRole: tip}.get(role)

    def data(self, index: QModelIndex, role: int = 0) -> Any:
        """Text of a cell of the table; its tip says which result has what."""
        place = self.places[index.row()]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == 2:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole:
            return cells_by_name(place, self.names)
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        counts = " ".join(str(count or "–") for count in place.counts)
        return (place.describe(), counts, f"{place.disputed:,.0f} px")[index.column()]


class Places(QWidget):
    """Shows places, and tells which one was chosen.

    Signals
    -------
    chosen(place)
        A place was clicked, or reached with the arrow keys or the buttons.
    settled(place, number)
        The result with this number, counted from 0, is right at a place.
    """

    chosen = Signal(object)
    settled = Signal(object, int)

    def __init__(self) -> None:
        super().__init__()
        self.model = PlacesModel()
        self.table = QTableView()
        self.previous, self.next = (
            button("‹ Previous", "Go to the place before"),
            button("Next ›", "Go to the next place"),
        )
        self.position = QLabel()
        self.winner = ChoiceBox("Which result is right at the chosen place")
        self.right_button = button(
            "This one is right",
            "Take its cells of the chosen place over into the layer that is open in Correct, else "
            "into a copy of it; one step of undo",
        )
        self._build()
        self.table.selectionModel().currentRowChanged.connect(self._tell)
        self.previous.clicked.connect(lambda: self._step(-1))
        self.next.clicked.connect(lambda: self._step(1))
        self.show_places((), ())

    def show_places(self, places: Sequence[Place], names: Sequence[str]) -> None:
        """Show these places, the worst first; the one that was chosen stays so if it is there."""
        current = self.place()
        self.model.set_places(places, names)
        if [self.winner.itemText(row) for row in range(self.winner.count())] != list(names):
            self.winner.clear()
            self.winner.addItems(list(names))
        self.table.setColumnHidden(1, len(names) > MOST)
        same = [row for row, one in enumerate(places) if current and one.box == current.box]
        if same:
            self.table.selectionModel().blockSignals(True)
            self.table.selectRow(same[0])
            self.table.selectionModel().blockSignals(False)
        self._count()

    def place(self) -> Place | None:
        """Return the chosen place, if any."""
        row = self.table.currentIndex().row()
        return self.model.places[row] if row >= 0 else None

    def _step(self, by: int) -> None:
        row, n = self.table.currentIndex().row(), len(self.model.places)
        if n:
            self.table.selectRow((row + by) % n if row >= 0 else 0)

    def _settle(self) -> None:
        if (place := self.place()) is not None:
            self.settled.emit(place, self.winner.currentIndex())

    def _tell(self, current: QModelIndex, _before: QModelIndex) -> None:
        self._count()
        if current.isValid():
            self.chosen.emit(self.model.places[current.row()])

    def _count(self) -> None:
        row, n = self.table.currentIndex().row(), len(self.model.places)
        places = f"{n:,} place{'s' * (n != 1)}"
        self.position.setText(f"{row + 1:,} of {places}" if row >= 0 else places)
        self.previous.setEnabled(n > 0)
        self.next.setEnabled(n > 0)
        self.right_button.setEnabled(row >= 0)

    def _build(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(20)
        header = table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.setHighlightSections(False)
        table.setMinimumHeight(130)
        row = QHBoxLayout()
        row.addWidget(self.position, 1)
        row.addWidget(self.previous)
        row.addWidget(self.next)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row)
        layout.addWidget(table, 1)
        right = row_of(self.winner, self.right_button)
        right.setStretch(0, 1)
        layout.addLayout(right)
        self.right_button.clicked.connect(self._settle)


def cells_by_name(place: Place, names: Sequence[str]) -> str:
    """Return one line for each result: how many cells it has at a place."""
    counts = zip(names, place.counts, strict=True)
    return "\n".join(f"{name}: {n or 'no'} cell{'s' * (n > 1)}" for name, n in counts)
