"""The list of errors; a click goes to the cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt, Signal
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from .types import CellError

KINDS = {
    "missed": "Missed",
    "extra": "Extra",
    "split": "Split",
    "merged": "Merged",
    "outline": "Badly outlined",
    "mixed": "Split and merged",
}
COLUMNS = ("Error", "True", "Predicted", "Pixels", "IoU")


class ErrorModel(QAbstractTableModel):
    """`CellError` objects as a table; lists of thousands open at once, since rows are read late."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: list[CellError] = []
        self._order = 3, Qt.SortOrder.DescendingOrder

    def set_errors(self, errors: Sequence[CellError]) -> None:
        """Show these, in the order that was chosen."""
        self.beginResetModel()
        self.errors = list(errors)
        self._sort()
        self.endResetModel()

    def rowCount(self, parent: Any = None) -> int:  # noqa: N802
        """Qt's name for the number of errors."""
        return 0 if parent is not None and parent.isValid() else len(self.errors)

    def columnCount(self, parent: Any = None) -> int:  # noqa: N802
        """Qt's name for the number of columns."""
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Any, role: int = 0) -> Any:  # noqa: N802
        """Title of a column."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        return None

    def data(self, index: QModelIndex, role: int = 0) -> Any:
        """Text of a cell of the table."""
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() > 0:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        error = self.errors[index.row()]
        return (
            KINDS[error.kind],
            ", ".join(map(str, error.truth)),
            ", ".join(map(str, error.prediction)),
            f"{error.size:,}",
            "" if error.iou is None else f"{error.iou:.2f}",
        )[index.column()]

    def sort(self, column: int, order: Any = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column."""
        self._order = column, order
        self.set_errors(self.errors)

    def _sort(self) -> None:
        column, order = self._order
        key: Callable[[CellError], Any] = (
            lambda error: list(KINDS).index(error.kind),
            lambda error: error.truth,
            lambda error: error.prediction,
            lambda error: error.size,
            lambda error: -1.0 if error.iou is None else error.iou,
        )[column]
        self.errors.sort(key=key, reverse=order == Qt.SortOrder.DescendingOrder)


class ErrorList(QTableView):
    """Shows errors and tells which one was clicked, or reached with the arrow keys."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.errors = ErrorModel()
        self._is_refreshing = False
        self.setModel(self.errors)
        self.setSortingEnabled(True)
        self.sortByColumn(3, Qt.SortOrder.DescendingOrder)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(20)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        self.setMinimumHeight(110)
        self.selectionModel().currentRowChanged.connect(self._tell)

    def show_errors(self, errors: Sequence[CellError]) -> None:
        """Show these errors; the current one stays so, or the one after it if it was mended.

        The view goes nowhere by itself: a person may be painting.
        """
        row = self.currentIndex().row()
        before = self.errors.errors[row] if row >= 0 else None
        self._is_refreshing = True
        self.errors.set_errors(errors)
        if before is not None and errors:
            same = (i for i, one in enumerate(self.errors.errors) if _same(one, before))
            self.selectRow(next(same, min(row, len(errors) - 1)))
        self._is_refreshing = False

    def _tell(self, current: QModelIndex, _before: QModelIndex) -> None:
        if current.isValid() and not self._is_refreshing:
            self.chosen.emit(self.errors.errors[current.row()])


def _same(one: CellError, other: CellError) -> bool:
    """Tell whether two errors are about the same cell, whatever has become of its outline."""
    if one.truth or other.truth:
        return one.truth == other.truth
    return one.prediction == other.prediction


def summary(errors: Sequence[CellError]) -> str:
    """Return how many errors of each kind there are."""
    counts = {kind: sum(error.kind == kind for error in errors) for kind in KINDS}
    parts = [f"{n:,} {KINDS[kind].lower()}" for kind, n in counts.items() if n]
    return ", ".join(parts) if parts else "none"
