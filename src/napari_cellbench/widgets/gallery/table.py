"""The list of checkpoints with their published figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt, Signal
from qtpy.QtGui import QKeyEvent, QResizeEvent
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from ...checkpoints import Checkpoint, Stored
from ...checkpoints.facets import Filter
from ...checkpoints.transfer import TransferState, TransferStatus
from ..sorting import ORDER, UnknownLast
from ..two_lines import SUBTITLE, TwoLines
from . import text as words

CHECKPOINT = int(Qt.ItemDataRole.UserRole) + 1
COLUMNS = ("Checkpoint", "Acc.", "Usab.", "Hours", "")
TIPS = ("", words.ACCURACY, words.USABILITY, words.HOURS, "Whether it is on this computer")
FIGURES = {1: "accuracy", 2: "usability", 3: "scalability_hours"}
STATE = 4
THERE, PAUSED, FAILED = "✓", "❚❚", "!"
STATES = {
    "": "is not on this computer",
    THERE: "is on this computer",
    PAUSED: "a download was paused",
    FAILED: "the download failed",
}
PADDING = 12
"""Beside a column's text, in pixels of the screen."""
NARROW = 440
"""Below this width the published figures have no columns, in pixels of the screen."""
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class GalleryModel(QAbstractTableModel):
    """Checkpoints, what is on the disk of them, and what is being downloaded."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.checkpoints: list[Checkpoint] = []
        self.found: dict[str, Stored] = {}
        self._statuses: dict[str, TransferStatus] = {}

    def show(self, checkpoints: Sequence[Checkpoint]) -> None:
        """List these."""
        self.beginResetModel()
        self.checkpoints = list(checkpoints)
        self.endResetModel()

    def show_found(self, found: dict[str, Stored]) -> None:
        """Take over what is on the disk."""
        self.found = found
        self._changed(0, len(self.checkpoints) - 1)

    def show_status(self, key: str, status: TransferStatus | None) -> None:
        """Take over how far a download is."""
        if status is not None:
            self._statuses[key] = status
        rows = [row for row, c in enumerate(self.checkpoints) if c.key == key]
        for row in rows:
            self._changed(row, row)

    def is_installed(self, checkpoint: Checkpoint) -> bool:
        """Say whether the file is there; False before anybody looked."""
        there = self.found.get(checkpoint.key)
        return there is not None and there.installed

    def rowCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802, D102
        return 0 if parent is not None and parent.isValid() else len(self.checkpoints)

    def columnCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802, D102
        return len(COLUMNS)

    def headerData(self, section: int, way: Any, role: int = 0) -> Any:  # noqa: N802, D102
        if way == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        if way == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.ToolTipRole:
            return TIPS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if section else LEFT
        return None

    def data(self, index: QModelIndex, role: int = 0) -> Any:  # noqa: D102
        checkpoint, column = self.checkpoints[index.row()], index.column()
        if role == CHECKPOINT:
            return checkpoint
        if role == ORDER:
            return self._order(checkpoint, column)
        if role == Qt.ItemDataRole.TextAlignmentRole and column:
            return RIGHT
        if column == STATE and role in (
            Qt.ItemDataRole.ToolTipRole,
            Qt.ItemDataRole.AccessibleTextRole,
        ):
            return STATES.get(self._state(checkpoint), "is being downloaded")
        if role == Qt.ItemDataRole.ToolTipRole:
            return checkpoint.title
        if role == SUBTITLE and column == 0:
            return words.subtitle(checkpoint, self.found.get(checkpoint.key))
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._text(checkpoint, column)
        return None

    def _text(self, checkpoint: Checkpoint, column: int) -> str:
        if column == 0:
            return checkpoint.title
        if column == STATE:
            return self._state(checkpoint)
        value = checkpoint.figures.get(FIGURES[column])
        return "" if value is None else f"{value:.0f}" if column == 3 else f"{value:.2f}"

    def _state(self, checkpoint: Checkpoint) -> str:
        status = self._statuses.get(checkpoint.key)
        if status is not None and status.state is TransferState.RUNNING:
            return f"{status.done / status.total:.0%}" if status.total else "…"
        there = self.found.get(checkpoint.key)
        if there is not None and there.installed:
            return THERE
        if status is not None and status.state is TransferState.FAILED:
            return FAILED
        return PAUSED if there is not None and there.unfinished else ""

    def _order(self, checkpoint: Checkpoint, column: int) -> Any:
        if column == 0:
            return checkpoint.title.lower()
        if column == STATE:
            there = self.found.get(checkpoint.key)
            return there.size if there is not None else 0
        return checkpoint.figures.get(FIGURES[column])

    def _changed(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first, 0), self.index(last, STATE))


class _Proxy(UnknownLast):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.filter = Filter()
        self.installed_only = False

    def filterAcceptsRow(self, row: int, parent: QModelIndex) -> bool:  # noqa: N802
        model = self.sourceModel()
        checkpoint = model.checkpoints[row]
        if self.installed_only and not model.is_installed(checkpoint):
            return False
        return self.filter.accepts(checkpoint)


class GalleryTable(QTableView):
    """Shows a `GalleryModel`, filtered and sorted.

    Signals
    -------
    chosen
        Another row is current.
    acted, deleted, searched
        A double click or Enter, Delete, and a slash.
    """

    chosen = Signal()
    acted = Signal()
    deleted = Signal()
    searched = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rows = GalleryModel(self)
        self._proxy = _Proxy(self)
        self._proxy.setSourceModel(self.rows)
        self.setModel(self._proxy)
        self.setItemDelegateForColumn(0, TwoLines(self))
        self.setSortingEnabled(True)
        # In the catalogue's order until the user clicks a title.
        self._proxy.sort(-1)
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.horizontalHeader().setSortIndicatorClearable(True)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(20)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(2 * self.fontMetrics().height() + 8)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setAccessibleName("Checkpoints")
        self.selectionModel().currentRowChanged.connect(lambda *_: self.chosen.emit())
        self.doubleClicked.connect(lambda *_: self.acted.emit())
        self._keys = {
            Qt.Key.Key_Return: self.acted,
            Qt.Key.Key_Enter: self.acted,
            Qt.Key.Key_Delete: self.deleted,
            Qt.Key.Key_Slash: self.searched,
        }

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Leave the room to the names where it is short; the details below have the figures."""
        super().resizeEvent(event)
        header, is_narrow = self.horizontalHeader(), self.width() < NARROW
        for column in range(1, len(COLUMNS)):
            percent = self.fontMetrics().horizontalAdvance("100%") + PADDING
            self.setColumnWidth(column, max(header.sectionSizeHint(column), percent))
            self.setColumnHidden(column, is_narrow and column in FIGURES)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Act on keys of the list; others move, as in any."""
        if event.key() in self._keys:
            self._keys[event.key()].emit()
        else:
            super().keyPressEvent(event)

    def apply(self, asked: Filter, installed_only: bool) -> int:
        """Show what is asked for; return how many there are."""
        self._proxy.filter, self._proxy.installed_only = asked, installed_only
        self._proxy.invalidate()
        if self.checkpoint() is None:
            self.selectRow(0)
        return self._proxy.rowCount()

    def checkpoint(self) -> Checkpoint | None:
        """Return the current row's."""
        found: Checkpoint | None = self.currentIndex().data(CHECKPOINT)
        return found

    def choose(self, key: str) -> bool:
        """Make a checkpoint's row current; return whether it is shown."""
        for row in range(self._proxy.rowCount()):
            index = self._proxy.index(row, 0)
            if index.data(CHECKPOINT).key == key:
                self.setCurrentIndex(index)
                self.scrollTo(index)
                return True
        return False
