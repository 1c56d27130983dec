"""The figures before and after a run: of all cells together, and of each image."""

from __future__ import annotations

from collections.abc import Iterator

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from ...training.status import Status

TITLES = ("", "Before", "After", "Change")
MOST_ROWS = 9
"""That are seen before the table scrolls."""
MINUS = "−"

Row = tuple[str, float | None, float | None]


class FiguresTable(QTableWidget):
    """A row a figure, then a row an image, the one that changed most first."""

    def __init__(self) -> None:
        super().__init__(0, len(TITLES))
        self.setHorizontalHeaderLabels(TITLES)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 6)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setAccessibleName("Figures before and after")
        self.setToolTip("F1 and AP at IoU 0.5, mAP as COCO; of each image F1")
        self._shown: list[Row] = []

    def show_status(self, status: Status) -> None:
        """Show what is known; hidden where that is nothing."""
        rows = list(_rows(status))
        self.setVisible(bool(rows))
        if rows == self._shown:
            return
        self._shown = rows
        self.setRowCount(len(rows))
        for number, (name, before, after) in enumerate(rows):
            texts = (name, _text(before), _text(after), _change(before, after))
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
                item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
                item.setToolTip(name)
                self.setItem(number, column, item)
        seen = min(len(rows), MOST_ROWS)
        frame = 2 * self.frameWidth() + self.horizontalHeader().sizeHint().height()
        self.setFixedHeight(seen * self.verticalHeader().defaultSectionSize() + frame)


def _rows(status: Status) -> Iterator[Row]:
    for what, before, after in (
        ("", status.before, status.after),
        (", old images", status.replay_before, status.replay_after),
    ):
        for name in ("F1", "AP50", "mAP"):
            old, new = (None if one is None else one.get(name) for one in (before, after))
            if (old, new) != (None, None):
                yield (f"{name}{what}", old, new)
    for image in sorted(status.images, key=lambda one: abs(one.after - one.before), reverse=True):
        yield (f"F1, {image.name}", image.before, image.after)


def _text(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _change(before: float | None, after: float | None) -> str:
    if before is None or after is None:
        return ""
    change = round(after - before, 3)
    return f"{change:+.3f}".replace("-", MINUS) if change else "0"
