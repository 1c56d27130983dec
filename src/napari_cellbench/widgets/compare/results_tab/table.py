"""The table of results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import (
    QModelIndex,
    QRect,
    Qt,
    Signal,
)
from qtpy.QtGui import QFontMetrics
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from ....compare.tabulate import Row
from ...sorting import UnknownLast
from ...two_lines import TwoLines, draw_hint
from ..results import Item
from .model import DISPLAY, ITEM, SWATCH, ResultModel, figure_font

COMPACT = """
QTableView, QHeaderView::section { font-size: 11px; }
QHeaderView::section { padding: 1px 2px; }
"""
NAME_WIDTH = 124
"""Least width of a result's name in pixels."""
PADDING = 7
"""Beside a figure, in pixels."""
EMPTY = "No results yet.\n\nTick methods in the Methods tab and press Run."


class NamedRow(TwoLines):
    """Draws a result's name beside its colour."""

    def inside(self, option: Any, index: QModelIndex) -> QRect:
        """Leave room for the colour."""
        return super().inside(option, index).adjusted(SWATCH[0], 0, 0, 0)


class ResultTable(QTableView):
    """Shows a `ResultModel`.

    Signals
    -------
    chosen(item)
        Another row is current.
    """

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.rows = ResultModel(self)
        self._proxy = UnknownLast(self)
        self._proxy.setSourceModel(self.rows)
        self.setModel(self._proxy)
        self.setItemDelegateForColumn(0, NamedRow(self))
        self.setSortingEnabled(True)
        # In the order in which they came until the user clicks a title.
        self._proxy.sort(-1)
        header = self.horizontalHeader()
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setSortIndicatorClearable(True)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(30)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(2 * self.fontMetrics().height() + 8)
        self.setStyleSheet(COMPACT)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAccessibleName("Results")
        self._proxy.modelReset.connect(self._fit)
        self._proxy.dataChanged.connect(self._fit)
        self.selectionModel().currentRowChanged.connect(self._tell)

    def show_rows(self, items: Sequence[Item], rows: Sequence[tuple[Item, Row]]) -> None:
        """Show results; the current one stays current."""
        current = self.item()
        blocked = self.selectionModel().blockSignals(True)
        self.rows.show(items, rows)
        self.choose(current)
        self.selectionModel().blockSignals(blocked)

    def item(self) -> Item | None:
        """Return the current row's."""
        found: Item | None = self.currentIndex().data(ITEM)
        return found

    def choose(self, item: Item | None) -> None:
        """Make a result's row current."""
        if item in self.rows.items:
            source = self.rows.index(self.rows.items.index(item), 0)
            self.setCurrentIndex(self._proxy.mapFromSource(source))

    def item_at(self, position: Any) -> Item | None:
        """Return the result at a point of the viewport."""
        found: Item | None = self.indexAt(position).data(ITEM)
        return found

    def resizeEvent(self, event: Any) -> None:  # noqa: N802
        """Give the names all the width that the figures leave, and never too little."""
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: Any) -> None:  # noqa: N802
        """Say what to do where there is nothing."""
        super().paintEvent(event)
        if not self.rows.items:
            draw_hint(self, EMPTY)

    def _fit(self) -> None:
        rows = self.rows
        metrics, figures = QFontMetrics(figure_font(bold=True)), 0
        for column in range(1, rows.columnCount()):
            texts = rows.headerData(column, Qt.Orientation.Horizontal, DISPLAY).splitlines()
            texts += [rows.index(row, column).data() or "" for row in range(rows.rowCount())]
            width = max(map(metrics.horizontalAdvance, texts)) + PADDING
            self.setColumnWidth(column, width)
            figures += width
        self.setColumnWidth(0, max(NAME_WIDTH, self.viewport().width() - figures))

    def _tell(self, current: QModelIndex, _before: QModelIndex) -> None:
        if current.isValid():
            self.chosen.emit(current.data(ITEM))
