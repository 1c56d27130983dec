"""The list of entries as the user sees it: a tick, two lines, a bar and a state."""

from __future__ import annotations

from qtpy.QtCore import QModelIndex, QRect, Qt, Signal
from qtpy.QtGui import QColor, QPainter, QPalette
from qtpy.QtWidgets import QAbstractItemView, QListView, QStyle, QStyleOptionViewItem

from ....compare import State
from ...two_lines import MARGIN, TwoLines, draw_hint
from ..entry_model import STATE_TEXT, STATUS, EntryModel, Line

BAR = 3
"""Height of the bar in pixels."""
BROKEN = QColor("#E4572E")
"""Of failures; in good contrast to the dark and the light theme."""
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
EMPTY = (
    "Nothing to compare yet.\n\nAdd methods with the buttons below, with “Add to Compare” in\n"
    "the Segment widget and the Gallery, or open a preset."
)


class EntryDelegate(TwoLines):
    """Draws an entry with its state on the right and its progress below."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Draw an entry."""
        super().paint(painter, option, index)
        status = index.data(STATUS)
        if status is None:
            return
        inside = self.inside(option, index)
        right = QRect(inside.topRight(), inside.bottomRight())
        right.setRight(option.rect.right() - MARGIN)
        palette = option.widget.palette()
        failed = status.state is State.FAILED
        painter.save()
        painter.setFont(option.widget.font())
        painter.setPen(BROKEN if failed else palette.color(QPalette.ColorRole.Text))
        painter.drawText(
            right,
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
            index.data(STATE_TEXT),
        )
        if status.state is State.RUNNING:
            row = option.rect
            bar = QRect(row.left(), row.bottom() - BAR + 1, row.width(), BAR)
            painter.fillRect(bar, palette.color(QPalette.ColorRole.Mid))
            bar.setWidth(round(row.width() * status.fraction))
            painter.fillRect(bar, palette.color(QPalette.ColorRole.Highlight))
        painter.restore()

    def inside(self, option: QStyleOptionViewItem, index: QModelIndex) -> QRect:
        """Leave room for the tick and for the state."""
        self.initStyleOption(option, index)
        style = option.widget.style()
        element = QStyle.SubElement.SE_ItemViewItemCheckIndicator
        tick = style.subElementRect(element, option, option.widget)
        state = option.fontMetrics.horizontalAdvance(index.data(STATE_TEXT))
        room: QRect = super().inside(option, index)
        return room.adjusted(tick.width() + MARGIN, 0, -state - (2 * MARGIN if state else 0), 0)


class EntryList(QListView):
    """Shows an `EntryModel`.

    Signals
    -------
    chosen
        Another line is current, or none.
    opened(row), deleted(row)
        A double click or Enter, and the Delete key.
    """

    chosen = Signal()
    opened = Signal(int)
    deleted = Signal(int)

    def __init__(self, entries: EntryModel) -> None:
        super().__init__()
        self.entries = entries
        self.setModel(entries)
        self.setItemDelegate(EntryDelegate(self))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setAccessibleName("Methods to compare")
        self.setMinimumHeight(120)
        self.selectionModel().currentChanged.connect(lambda *_: self.chosen.emit())
        entries.rowsRemoved.connect(lambda *_: self.chosen.emit())
        self.doubleClicked.connect(lambda index: self.opened.emit(index.row()))

    def row(self) -> int:
        """Return the current row; -1 for none."""
        return self.currentIndex().row()

    def line(self) -> Line | None:
        """Return the current line."""
        row = self.row()
        return self.entries.lines[row] if 0 <= row < len(self.entries.lines) else None

    def choose(self, row: int) -> None:
        """Make a row current."""
        self.setCurrentIndex(self.entries.index(row, 0))

    def keyPressEvent(self, event: object) -> None:  # noqa: N802
        """Open with Enter and remove with Delete."""
        key = event.key()  # type: ignore[attr-defined]
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.line() is not None:
            self.opened.emit(self.row())
        elif key == Qt.Key.Key_Delete and self.line() is not None:
            self.deleted.emit(self.row())
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: object) -> None:  # noqa: N802
        """Say what to do where there is nothing."""
        super().paintEvent(event)
        if not self.entries.lines:
            draw_hint(self, EMPTY)
