"""Rows of a list with a title and, dimmer, a line about it."""

from __future__ import annotations

from qtpy.QtCore import QModelIndex, QRect, QSize, Qt
from qtpy.QtGui import QPainter, QPalette
from qtpy.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

SUBTITLE = int(Qt.ItemDataRole.UserRole) + 10
"""Role of the second line; a row without one is a heading."""
MARGIN = 6
DIM = 0.62
"""Opacity of the second line: still in good contrast to the themes' backgrounds."""


class TwoLines(QStyledItemDelegate):
    """Draws `DisplayRole` above `SUBTITLE`; both are cut with dots where they are too long.

    A row that has a `ForegroundRole` is dimmed as a whole: grey text is not legible on every theme.
    """

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Draw a cell."""
        self.initStyleOption(option, index)
        title, option.text = option.text, ""
        style = option.widget.style() if option.widget else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        inside = self.inside(option, index)
        upper = QRect(inside.left(), inside.top(), inside.width(), inside.height() // 2)
        lower = upper.translated(0, upper.height())
        subtitle = index.data(SUBTITLE)
        painter.save()
        font = option.widget.font()
        font.setBold(subtitle is None)
        painter.setFont(font)
        text = option.widget.palette().color(QPalette.ColorRole.Text)
        painter.setPen(text)
        if index.data(Qt.ItemDataRole.ForegroundRole) is not None:
            painter.setOpacity(DIM)
        self._draw(painter, inside if subtitle is None else upper, title)
        painter.setOpacity(DIM)
        self._draw(painter, lower, subtitle or "")
        painter.restore()

    def inside(self, option: QStyleOptionViewItem, index: QModelIndex) -> QRect:
        """Return where the lines go."""
        return option.rect.adjusted(MARGIN, 4, -MARGIN, -4)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # noqa: N802
        """Return room for two lines, or for a heading."""
        lines = 1.5 if index.data(SUBTITLE) is None else 2
        return QSize(100, round(lines * option.fontMetrics.height()) + 8)

    def _draw(self, painter: QPainter, rect: QRect, text: str) -> None:
        elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, elided)


def draw_hint(view: QAbstractItemView, text: str) -> None:
    """Write into a list that holds nothing what to do about it; for the end of its paintEvent."""
    painter = QPainter(view.viewport())
    painter.setPen(view.palette().color(QPalette.ColorRole.Text))
    painter.setOpacity(0.75)
    room = view.viewport().rect().adjusted(12, 12, -12, -12)
    painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)
