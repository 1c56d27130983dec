"""What the table of results holds: names, figures, states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt
from qtpy.QtGui import QColor, QFont, QPixmap
from qtpy.QtWidgets import QWidget

from ....compare import State
from ....compare.naming import SEPARATOR, changes_of, short_title_of
from ....compare.table import Column, best_rows, columns
from ....compare.tabulate import Row
from ...plots import COLOURS
from ...sorting import ORDER
from ...two_lines import SUBTITLE
from ..results import Item
from ..words import state_text

ITEM = SUBTITLE + 1
LEFT_OUT = {"Cached", "AR75", "Error"}
"""Titles of columns that the panel has no room for; the export has them."""
DISPLAY = int(Qt.ItemDataRole.DisplayRole)
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
SWATCH = (8, 22)
"""Width and height of a result's colour in pixels."""


class ResultModel(QAbstractTableModel):
    """Results and their figures."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.items: list[Item] = []
        self.columns: list[Column] = []
        self._rows: dict[Item, Row] = {}
        self._best: dict[str, set[Item]] = {}

    def show(self, items: Sequence[Item], rows: Sequence[tuple[Item, Row]]) -> None:
        """Show these; an item without a row is on its way."""
        self._rows = dict(rows)
        shown = _shown([row for _, row in rows])
        table = [row for _, row in rows]
        self._best = {
            column.title: {rows[i][0] for i in best_rows(column, table)} for column in shown
        }
        titles = [column.title for column in shown]
        if list(items) == self.items and titles == [column.title for column in self.columns]:
            last = self.index(len(items) - 1, len(shown))
            self.columns = shown
            self.dataChanged.emit(self.index(0, 0), last)
            return
        self.beginResetModel()
        self.items, self.columns = list(items), shown
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802, D102
        return 0 if parent is not None and parent.isValid() else len(self.items)

    def columnCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802, D102
        return 1 + len(self.columns)

    def headerData(self, section: int, way: Any, role: int = 0) -> Any:  # noqa: N802, D102
        if way != Qt.Orientation.Horizontal:
            return None
        if role == DISPLAY:
            # The unit in a line of its own: there are many columns.
            return self.columns[section - 1].title.replace(" (", "\n(") if section else "Result"
        if role == Qt.ItemDataRole.ToolTipRole and section:
            return self.columns[section - 1].tooltip
        if role == Qt.ItemDataRole.TextAlignmentRole and section:
            return RIGHT
        return None

    def data(self, index: QModelIndex, role: int = 0) -> Any:  # noqa: D102
        item = self.items[index.row()]
        if role == ITEM:
            return item
        if index.column() == 0:
            return self._name(item, role)
        column, row = self.columns[index.column() - 1], self._rows.get(item)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT
        if row is None:
            return None
        if role in (DISPLAY, Qt.ItemDataRole.AccessibleTextRole):
            return column.text(row) if item.layer is not None else ""
        if role == ORDER:
            return column.value(row)
        if role == Qt.ItemDataRole.FontRole:
            return figure_font(bold=item in self._best[column.title])
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tooltip(column, row)
        return None

    def _name(self, item: Item, role: int) -> Any:
        entry = item.entry
        if role in (DISPLAY, Qt.ItemDataRole.AccessibleTextRole):
            return short_title_of(entry) if entry is not None else item.name
        if role == SUBTITLE:
            return _subtitle(item)
        if role == ORDER:
            return item.name.lower()
        if role == Qt.ItemDataRole.DecorationRole:
            swatch = QPixmap(*SWATCH)
            swatch.fill(QColor(COLOURS[self.items.index(item) % len(COLOURS)]))
            return swatch
        if role == Qt.ItemDataRole.ToolTipRole:
            failed = item.status.state is State.FAILED
            return f"{item.name}\n{item.status.message}" if failed else item.name
        return None


def figure_font(*, bold: bool = False) -> QFont:
    """Return the font of the figures, which is that of `COMPACT`."""
    font = QFont()
    font.setPixelSize(11)
    font.setBold(bold)
    return font


def _shown(rows: Sequence[Row]) -> list[Column]:
    found = [column for column in columns(rows) if column.title not in LEFT_OUT]
    if any(row.median_area_um2 is not None for row in rows):
        found = [column for column in found if column.title != "Area (px)"]
    return found


def _subtitle(item: Item) -> str:
    if item.entry is None:
        return "taken from the viewer"
    if item.status.state is State.FAILED:
        return f"failed: {item.status.message}"
    if item.status.state is not State.DONE:
        return state_text(item)
    return SEPARATOR.join(changes_of(item.entry)) or "default parameters"


def _tooltip(column: Column, row: Row) -> str:
    if row.cached and column.title in ("Time (s)", "Memory (MiB)", "GPU (MiB)"):
        return "Of the run that made this result; it comes from the cache"
    return ""
