"""The entries that can be run: ticked or not, and how far they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from qtpy.QtCore import QAbstractListModel, QModelIndex, Qt

from ...compare import State
from ...compare.naming import SEPARATOR, changes_of, short_title_of, title_of
from ...engine import Entry
from ...engine.environments import how_to_install, missing
from ...errors import InputError
from ...methods import get_method
from ..method.method_box import GREY
from ..two_lines import SUBTITLE
from .results import Item
from .words import state_text

STATUS = SUBTITLE + 1
"""Role of the status of an entry's result; None before it was run as it is now."""
STATE_TEXT = SUBTITLE + 2
"""Role of that status in words."""

CHECK = Qt.ItemDataRole.CheckStateRole


@dataclass(eq=False)
class Line:
    """An entry of the list.

    Attributes
    ----------
    item
        What it gave when it was last run.
    """

    entry: Entry
    ticked: bool = True
    item: Item | None = None

    @property
    def wanting(self) -> str:
        """What keeps it from being run, and what to do about it; empty where nothing does."""
        try:
            method = get_method(self.entry.method)
        except InputError as error:
            return str(error)
        lacking = missing(method)
        return f"{', '.join(lacking)} missing: {how_to_install(method)}" if lacking else ""

    @property
    def current(self) -> Item | None:
        """What it gave as it is now; None where it was changed since, or never run."""
        return self.item if self.item is not None and self.item.entry == self.entry else None


class EntryModel(QAbstractListModel):
    """The list of entries, in the order in which they run."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []

    def add(self, entries: Iterable[Entry], *, ticked: bool = True) -> None:
        """Append entries."""
        new = [Line(entry, ticked) for entry in entries]
        if new:
            first = len(self.lines)
            self.beginInsertRows(QModelIndex(), first, first + len(new) - 1)
            self.lines += new
            self.endInsertRows()

    def duplicate(self, row: int) -> None:
        """Put an entry below itself once more."""
        self.beginInsertRows(QModelIndex(), row + 1, row + 1)
        self.lines.insert(row + 1, replace(self.lines[row], item=None))
        self.endInsertRows()

    def remove(self, row: int) -> None:
        """Take an entry off the list; its result stays."""
        self.beginRemoveRows(QModelIndex(), row, row)
        del self.lines[row]
        self.endRemoveRows()

    def move(self, row: int, by: int) -> int:
        """Move an entry up (-1) or down (1); return where it is."""
        to = row + by
        if not 0 <= to < len(self.lines):
            return row
        self.beginMoveRows(QModelIndex(), row, row, QModelIndex(), to + (by > 0))
        self.lines.insert(to, self.lines.pop(row))
        self.endMoveRows()
        return to

    def change(self, row: int, entry: Entry) -> None:
        """Put another entry in an entry's place."""
        self.lines[row].entry = entry
        self.show_news(self.lines[row])

    def ticked(self) -> list[Line]:
        """Return what is to be run and can be."""
        return [line for line in self.lines if line.ticked and not line.wanting]

    def show_news(self, line: Line) -> None:
        """Show anew how far an entry is."""
        index = self.index(self.lines.index(line), 0)
        self.dataChanged.emit(index, index)

    def rowCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802, D102
        return 0 if parent is not None and parent.isValid() else len(self.lines)

    def flags(self, index: QModelIndex) -> Any:  # noqa: D102
        base = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return base | Qt.ItemFlag.ItemIsUserCheckable

    def setData(self, index: QModelIndex, value: Any, role: int = 0) -> bool:  # noqa: N802
        """Tick or untick."""
        if role != CHECK:
            return False
        self.lines[index.row()].ticked = Qt.CheckState(value) == Qt.CheckState.Checked
        self.dataChanged.emit(index, index)
        return True

    def data(self, index: QModelIndex, role: int = 0) -> Any:  # noqa: D102
        line = self.lines[index.row()]
        if role == CHECK:
            return Qt.CheckState.Checked if line.ticked else Qt.CheckState.Unchecked
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return short_title_of(line.entry)
        if role == SUBTITLE:
            return _subtitle(line)
        if role == Qt.ItemDataRole.ForegroundRole:
            return GREY if line.wanting else None
        if role == STATUS:
            return line.current.status if line.current is not None else None
        if role == STATE_TEXT:
            return state_text(line.current)
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tooltip(line)
        return None


def _subtitle(line: Line) -> str:
    """Return what keeps an entry from being run, what it does just now, or its parameters."""
    status = line.current.status if line.current is not None else None
    doing = status.message if status is not None and status.state is State.RUNNING else ""
    parameters = SEPARATOR.join(changes_of(line.entry)) or "default parameters"
    return line.wanting or doing or parameters


def _tooltip(line: Line) -> str:
    parts: Sequence[str] = [title_of(line.entry), line.wanting]
    if line.current is not None and line.current.status.state is State.FAILED:
        parts = [*parts, line.current.status.message]
    return "\n".join(filter(None, parts))
