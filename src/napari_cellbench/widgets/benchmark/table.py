"""A table of rows by columns, which sorts, and tells which row was chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt, Signal
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from ..sorting import ORDER, UnknownLast

Row = Mapping[str, Any]
ROW = int(Qt.ItemDataRole.UserRole) + 1
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Column:
    """A column: its title, which value it shows, and how.

    Attributes
    ----------
    title, key
        What stands above, and the value's name in a row.
    decimals
        Of a number; None for text.
    tip
        What it means.
    """

    title: str
    key: str
    decimals: int | None = 3
    tip: str = ""

    def text(self, row: Row) -> str:
        """Return a row's value as it is shown."""
        value = row.get(self.key)
        if value is None:
            return "–"
        return str(value) if self.decimals is None else f"{value:,.{self.decimals}f}"


class RowsModel(QAbstractTableModel):
    """Rows as Qt reads them, late, so that thousands open at once."""

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self.columns, self.rows = tuple(columns), list[Row]()

    def show(self, rows: Sequence[Row]) -> None:
        """Show these."""
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802, D102
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802, D102
        return len(self.columns)

    def headerData(self, section: int, way: Any, role: int = 0) -> Any:  # noqa: N802, D102
        if way != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].title
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.columns[section].tip
        return None

    def data(self, index: QModelIndex, role: int = 0) -> Any:  # noqa: D102
        row, column = self.rows[index.row()], self.columns[index.column()]
        if role == ROW:
            return row
        if role == ORDER:
            return row.get(column.key)
        if role == Qt.ItemDataRole.TextAlignmentRole and column.decimals is not None:
            return RIGHT
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return column.text(row)
        return None


class RowsTable(QTableView):
    """Shows rows.

    Parameters
    ----------
    name
        For those who can't see it.
    columns
        What is shown of each row.

    Signals
    -------
    chosen(row)
        A row was clicked, or reached with the arrow keys.
    """

    chosen = Signal(object)

    def __init__(self, name: str, columns: Sequence[Column]) -> None:
        super().__init__()
        self.model_ = RowsModel(columns)
        self._proxy = UnknownLast(self)
        self._proxy.setSourceModel(self.model_)
        self.setModel(self._proxy)
        self.setAccessibleName(name)
        self.setSortingEnabled(True)
        self._proxy.sort(-1)
        header = self.horizontalHeader()
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(22)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setMinimumHeight(90)
        self._is_filling = False
        self.selectionModel().currentRowChanged.connect(self._tell)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these; nothing is chosen by that."""
        self._is_filling = True
        self.model_.show(rows)
        self._is_filling = False

    def shown(self) -> list[Row]:
        """Return the rows in the order in which they stand."""
        return [self._proxy.index(i, 0).data(ROW) for i in range(self._proxy.rowCount())]

    def _tell(self, current: QModelIndex, _before: QModelIndex) -> None:
        if current.isValid() and not self._is_filling:
            self.chosen.emit(current.data(ROW))
