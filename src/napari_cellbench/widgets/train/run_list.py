"""The list of training runs: name, and how each stands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QListWidget, QListWidgetItem

from ...durations import spoken
from ...methods import methods
from ...training.status import Status
from ..two_lines import SUBTITLE, TwoLines, draw_hint
from .look import Seen

FOLDER = int(Qt.ItemDataRole.UserRole)
EMPTY = "No training runs yet.\n\nStart one in the tab New."
LEAST, MOST = 2, 4
"""Rows that there is room for."""
STATES = {
    "queued": "Waiting",
    "running": "Running",
    "stopping": "Stopping",
    "stopped": "Stopped",
    "finished": "Finished",
    "failed": "Failed",
    "lost": "Interrupted",
}


class RunList(QListWidget):
    """All runs of this user, the newest first.

    Signals
    -------
    chosen
        Another run is current.
    deleted
        The Delete key was pressed.
    """

    chosen = Signal()
    deleted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setItemDelegate(TwoLines(self))
        self.setAccessibleName("Training runs")
        self.setToolTip("Training runs of yours, wherever they were started")
        self.currentItemChanged.connect(lambda *_: self.chosen.emit())
        self._fit()

    def folder(self) -> Path | None:
        """Return the folder of the current run."""
        item = self.currentItem()
        return item.data(FOLDER) if item is not None else None

    def choose(self, folder: Path) -> None:
        """Make a run current, if it is listed."""
        for row in range(self.count()):
            if self.item(row).data(FOLDER) == folder:
                self.setCurrentRow(row)

    def show_runs(self, runs: Sequence[Seen]) -> None:
        """List runs; the current one stays so."""
        folders = [one.run.folder for one in runs]
        listed = [self.item(row).data(FOLDER) for row in range(self.count())]
        if folders != listed:
            current = self.folder()
            blocked = self.blockSignals(True)
            self.clear()
            for folder in folders:
                item = QListWidgetItem(folder.name)
                item.setData(FOLDER, folder)
                item.setToolTip(str(folder))
                self.addItem(item)
            if folders:
                self.setCurrentRow(folders.index(current) if current in folders else 0)
            self.blockSignals(blocked)
            self._fit()
        for row, one in enumerate(runs):
            known = methods().get(one.plan.method)
            title = known.title if known is not None else one.plan.method
            self.item(row).setData(SUBTITLE, f"{in_words(one.status)} · {title}")

    def _fit(self) -> None:
        row = 2 * self.fontMetrics().height() + 8
        rows = min(max(self.count(), LEAST), MOST) if self.count() else MOST
        self.setFixedHeight(rows * row + 2 * self.frameWidth())

    def keyPressEvent(self, event: Any) -> None:  # noqa: N802
        """Remove with Delete."""
        if event.key() == Qt.Key.Key_Delete and self.folder() is not None:
            self.deleted.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: Any) -> None:  # noqa: N802
        """Say what to do where there is nothing."""
        super().paintEvent(event)
        if not self.count():
            draw_hint(self, EMPTY)


def in_words(status: Status) -> str:
    """Return how a run stands, in a few words."""
    state = STATES[status.state]
    if status.state == "running" and status.steps:
        state = f"{status.step / status.steps:.0%}"
        if status.seconds_left is not None and status.message == "Training":
            return f"{state}, {spoken(status.seconds_left)} left"
        return f"{state}, {status.message}" if status.message else state
    if status.state in ("stopped", "lost") and status.steps:
        return f"{state} at {status.step / status.steps:.0%}"
    return f"{state}: {status.message}" if status.state == "running" and status.message else state
