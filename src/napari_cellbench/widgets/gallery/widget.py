"""The Gallery widget: every checkpoint there is, found, downloaded, and handed to Segment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QSplitter,
    QVBoxLayout,
)

from ...checkpoints import Checkpoint, Stored, checkpoints, forget_user_checkpoint, size_text
from ...errors import CellbenchError
from ..choices import button
from ..notify import complain, tell
from ..panel import Panel
from .advisor import Advisor
from .details import GalleryDetails
from .dialogs import AddDialog, SettingsDialog, confirm_delete
from .filters import GalleryFilters
from .hand_over import compare, use_in_segment
from .table import GalleryTable
from .work import shared_work

if TYPE_CHECKING:
    import napari


T = TypeVar("T")

FRAME = 50
"""Milliseconds between two looks at how far downloads are."""


class GalleryWidget(Panel):
    """Finds and keeps checkpoints.

    Parameters
    ----------
    viewer
        napari's viewer; napari passes it in by this name.
    """

    WIDTH = 460

    def __init__(self, napari_viewer: napari.Viewer) -> None:
        super().__init__(napari_viewer)
        self.work = shared_work()
        self.filters = GalleryFilters()
        self.count = QLabel()
        self.table = GalleryTable()
        self.details = GalleryDetails()
        self.disk = QLabel()
        self.advisor = Advisor(self)
        self.ticker = QTimer(self)
        self.ticker.setInterval(FRAME)
        self.advice_button = button(
            "Which method?", "Which method for my images? Answer a few questions, and get an order"
        )
        self.add_button = button("Add your own…", "Put a file of weights on this list")
        self.settings_button = button("Settings…", "Folder of downloads, and a mirror")
        self._build()
        self._connect()
        self.reload()

    def close_panel(self) -> None:
        """Show nothing more; downloads go on."""
        self.ticker.stop()
        for signal, slot in self._work_signals():
            signal.disconnect(slot)
        self.advisor.close()

    def reload(self) -> None:
        """List what there is, and look for it on the disk."""
        known, current = checkpoints(), self.table.checkpoint()
        self.table.rows.show(known)
        self.filters.offer(known)
        self._filter()
        if current is not None:
            self.table.choose(current.key)
        self.work.survey(known)
        self.ticker.start()

    def use(self) -> None:
        """Hand the chosen checkpoint to the Segment widget, opened if it isn't."""
        if (checkpoint := self.table.checkpoint()) is not None:
            use_in_segment(self.viewer, checkpoint)

    def compare(self) -> None:
        """Add the chosen checkpoint to the Compare widget, opened if it isn't."""
        if (checkpoint := self.table.checkpoint()) is not None:
            compare(self.viewer, checkpoint)

    def download(self) -> None:
        """Download the chosen checkpoint, or go on with it."""
        if (checkpoint := self.table.checkpoint()) is not None:
            self.work.download(checkpoint)
            self._show_details()

    def pause(self) -> None:
        """Stop the download of the chosen checkpoint, keeping what came."""
        if (checkpoint := self.table.checkpoint()) is not None:
            self.work.pause(checkpoint)

    def cancel(self) -> None:
        """Stop the download of the chosen checkpoint, and remove what came."""
        if (checkpoint := self.table.checkpoint()) is not None:
            self.work.cancel(checkpoint)

    def delete(self) -> None:
        """Delete the chosen checkpoint's file, or take the user's own off the list."""
        checkpoint = self.table.checkpoint()
        if checkpoint is None or not self.details.delete_button.isVisibleTo(self.details):
            return
        if checkpoint.source == "user":
            self._try(lambda: forget_user_checkpoint(checkpoint.key))
            self.reload()
        elif confirm_delete(self, checkpoint):
            self.work.delete(checkpoint)

    def adopt(self) -> None:
        """Ask for a file that the user downloaded, and keep it."""
        checkpoint = self.table.checkpoint()
        file, _ = QFileDialog.getOpenFileName(self, "Choose the downloaded file")
        if checkpoint is not None and file:
            self.work.adopt(checkpoint, Path(file))

    def add(self) -> None:
        """Ask for a file of the user's own, and remember it."""
        file, _ = QFileDialog.getOpenFileName(self, "Choose a checkpoint of your own")
        if not file:
            return
        dialog = AddDialog(self, Path(file))
        if dialog.exec() and (added := self._try(dialog.add)) is not None:
            self.reload()
            self.show_checkpoint(added)

    def change_settings(self) -> None:
        """Ask where files go and come from."""
        dialog = SettingsDialog(self)
        if dialog.exec():
            self._try(dialog.save)
            self.reload()

    def advise(self) -> None:
        """Open the dialogue about the user's images."""
        self.advisor.show()
        self.advisor.raise_()

    def show_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Make a checkpoint current, whatever the filters are."""
        if not self.table.choose(checkpoint.key):
            self.filters.clear()
            self.table.choose(checkpoint.key)

    def _try(self, job: Callable[[], T]) -> T | None:
        try:
            return job()
        except CellbenchError as error:
            complain(error)
            return None

    def _filter(self) -> None:
        shown = self.table.apply(self.filters.asked(), self.filters.installed.isChecked())
        of = len(self.table.rows.checkpoints)
        self.count.setText(f"{shown} of {of} checkpoints" if shown != of else f"{of} checkpoints")
        self._show_details()

    def _show_details(self) -> None:
        checkpoint = self.table.checkpoint()
        found = self.table.rows.found.get(checkpoint.key) if checkpoint else None
        status = self.work.status(checkpoint.key) if checkpoint else None
        self.details.show_checkpoint(checkpoint, found, status)

    def _show_found(self, found: dict[str, Stored]) -> None:
        self.table.rows.show_found(found)
        self._filter()

    def _show_disk(self, used: int, free: int) -> None:
        downloads = size_text(used) if used else "none"
        self.disk.setText(f"Downloads: {downloads}, {size_text(free)} free")

    def _show_move(self, key: str) -> None:
        """Show that a download began or stopped."""
        self._show_progress(key)
        if key in self.work.running():
            self.ticker.start()
        else:
            self.work.survey(self.table.rows.checkpoints)

    def _tick(self) -> None:
        running = self.work.running()
        for key in running:
            self._show_progress(key)
        if not running:
            self.ticker.stop()

    def _show_progress(self, key: str) -> None:
        self.table.rows.show_status(key, self.work.status(key))
        checkpoint = self.table.checkpoint()
        if checkpoint is not None and checkpoint.key == key:
            self._show_details()

    def _finish(self, text: str) -> None:
        tell(text)
        self.work.survey(self.table.rows.checkpoints)

    def _complain(self, error: Exception) -> None:
        # A method, so that Qt ends the connection with the widget.
        complain(error)

    def _work_signals(self) -> list[tuple[Any, Callable[..., None]]]:
        work = self.work
        return [
            (work.surveyed, self._show_found),
            (work.measured, self._show_disk),
            (work.moved, self._show_move),
            (work.done, self._finish),
            (work.failed, self._complain),
        ]

    def _connect(self) -> None:
        self.filters.changed.connect(self._filter)
        self.table.chosen.connect(self._show_details)
        for signal, slot in self._work_signals():
            signal.connect(slot)
        self.ticker.timeout.connect(self._tick)
        self.details.fetch.connect(self.download)
        self.details.pause.connect(self.pause)
        self.details.cancel.connect(self.cancel)
        self.details.delete.connect(self.delete)
        self.details.adopt.connect(self.adopt)
        self.details.use.connect(self.use)
        self.details.compare.connect(self.compare)
        self.advice_button.clicked.connect(self.advise)
        self.advisor.chosen.connect(self.show_checkpoint)
        self.add_button.clicked.connect(self.add)
        self.settings_button.clicked.connect(self.change_settings)
        self.filters.search.returnPressed.connect(self.table.setFocus)
        self.table.acted.connect(self.details.act)
        self.table.deleted.connect(self.delete)
        self.table.searched.connect(self.filters.search.setFocus)

    def _build(self) -> None:
        above = QHBoxLayout()
        above.addWidget(self.count)
        above.addStretch(1)
        above.addWidget(self.advice_button)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.addWidget(self.table)
        splitter.addWidget(self.details)
        splitter.setSizes([520, 270])
        splitter.setStretchFactor(0, 1)
        splitter.setChildrenCollapsible(False)
        below = QHBoxLayout()
        self.disk.setWordWrap(True)
        below.addWidget(self.disk, 1)
        below.addWidget(self.add_button)
        below.addWidget(self.settings_button)
        layout = QVBoxLayout(self.content)
        layout.addWidget(self.filters)
        layout.addLayout(above)
        layout.addWidget(splitter, 1)
        layout.addLayout(below)
