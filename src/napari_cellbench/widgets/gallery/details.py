"""One checkpoint of the gallery: all that is known of it, and what can be done with it."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QPalette
from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ...checkpoints import Checkpoint, Stored, size_text
from ...checkpoints.cache import is_downloadable
from ...checkpoints.settings import mirror
from ...checkpoints.transfer import TransferState, TransferStatus
from ...engine.environments import missing
from ...methods import get_method, methods
from ..choices import button, scroll_area
from . import text as words

NOTHING = "No checkpoint fits these filters. Clear one, or search for other words."


DELETE = "Remove the file from this computer"


class GalleryDetails(QWidget):
    """Shows a checkpoint; its buttons are there when they can be pressed."""

    fetch = Signal()
    pause = Signal()
    cancel = Signal()
    delete = Signal()
    adopt = Signal()
    use = Signal()
    compare = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.text = QLabel()
        self.text.setTextFormat(Qt.TextFormat.RichText)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self.text.setOpenExternalLinks(True)
        self.text.setWordWrap(True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.text.setAccessibleName("Details")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(8)
        self.status = QLabel()
        self.status.setWordWrap(True)
        self.status.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.fetch_button = self._button("Download", "Fetch the file; it can be paused", self.fetch)
        self.pause_button = self._button("Pause", "Stop, and go on later from here", self.pause)
        self.cancel_button = self._button("Cancel", "Stop, and remove what came", self.cancel)
        self.adopt_button = self._button(
            "Use a downloaded file…", "Take a file that was downloaded by other means", self.adopt
        )
        self.delete_button = self._button("Delete", DELETE, self.delete)
        self.use_button = self._button("Use in Segment", "Choose it in the Segment panel", self.use)
        self.compare_button = self._button(
            "Add to Compare", "Run it beside other methods, on the same image", self.compare
        )
        self.buttons = (
            self.fetch_button,
            self.pause_button,
            self.cancel_button,
            self.use_button,
            self.compare_button,
            self.adopt_button,
            self.delete_button,
        )
        self._build()

    def show_checkpoint(
        self, checkpoint: Checkpoint | None, there: Stored | None, status: TransferStatus | None
    ) -> None:
        """Show a checkpoint, what is on the disk of it, and how far its download is."""
        if checkpoint is None:
            self.text.setText(NOTHING)
            for part in (*self.buttons, self.bar, self.status):
                part.hide()
            return
        failed = status is not None and status.state is TransferState.FAILED
        error = status.error if failed and status is not None else ""
        # Qt's blue of links can't be read on a dark theme.
        colour = self.text.palette().color(QPalette.ColorRole.WindowText).name()
        text = words.details(checkpoint, there, error, colour)
        # A text that is set anew loses its selection.
        if text != self.text.text():
            self.text.setText(text)
        self._show_state(checkpoint, there, status)

    def act(self) -> None:
        """Download, or use what is there: what Enter in the list does."""
        for one in (self.fetch_button, self.use_button):
            if one.isVisibleTo(self):
                one.click()
                return

    def _show_state(
        self, checkpoint: Checkpoint, there: Stored | None, status: TransferStatus | None
    ) -> None:
        running = status is not None and status.state is TransferState.RUNNING
        installed = there is not None and there.installed
        unfinished = there is not None and there.unfinished and not running
        download = checkpoint.path is None
        fetchable = bool(mirror()) or is_downloadable(checkpoint)
        # Nothing is hidden and shown again: a button that is pressed just now would let go.
        self.fetch_button.setVisible(download and not installed and not running and fetchable)
        self.fetch_button.setText("Resume" if unfinished else "Download")
        self.pause_button.setVisible(running)
        self.cancel_button.setVisible(running or unfinished)
        self.adopt_button.setVisible(download and not installed and not running)
        self.delete_button.setVisible((download and installed) or checkpoint.source == "user")
        own = checkpoint.source == "user"
        self.delete_button.setText("Take off the list" if own else "Delete")
        self.delete_button.setToolTip("The file itself stays" if own else DELETE)
        usable = checkpoint.purpose == "segment" and checkpoint.method in methods()
        self.use_button.setVisible(usable and not running)
        self.compare_button.setVisible(usable and not running)
        text = self._say(checkpoint, there, status)
        self.status.setText(text)
        self.status.setVisible(bool(text))
        self.bar.setVisible(running or unfinished)
        done = status.done if running and status else there.size if there else 0
        total = (status.total if status else 0) or checkpoint.size
        self.bar.setRange(0, 1000 if total or not running else 0)
        self.bar.setValue(round(1000 * done / total) if total else 0)

    def _say(
        self, checkpoint: Checkpoint, there: Stored | None, status: TransferStatus | None
    ) -> str:
        if status is not None and status.state is TransferState.RUNNING:
            if status.total and status.done >= status.total:
                return "Verifying…"
            of = f" of {size_text(status.total)}" if status.total else ""
            return f"{size_text(status.done)}{of}"
        if there is not None and there.unfinished:
            return f"Paused after {size_text(there.size)}."
        if checkpoint.method not in methods():
            title = words.method_title(checkpoint.method)
            return f"{title} is not among the methods of this version: its files can be kept only."
        if lacking := missing(get_method(checkpoint.method)):
            return f"Its method lacks {', '.join(lacking)}: choose it in Segment, which says more."
        if checkpoint.purpose == "start":
            return "Weights to start training from; they segment no cells as they are."
        installed = there is not None and there.installed
        if checkpoint.source == "user" and there is not None and not installed:
            return "The file is not there any more: put it back, or take it off the list."
        if installed or checkpoint.path is not None or mirror() or is_downloadable(checkpoint):
            return ""
        return (
            "This is a folder that only a browser can download: open the address, download it, "
            "and choose the file here."
        )

    def _button(self, title: str, tip: str, signal: Signal) -> QPushButton:
        made = button(title, tip)
        made.clicked.connect(signal)
        return made

    def _build(self) -> None:
        scroll = scroll_area(self.text, frame=False)
        row = QHBoxLayout()
        for one in self.buttons:
            row.addWidget(one)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scroll, 1)
        layout.addWidget(self.bar)
        layout.addWidget(self.status)
        layout.addLayout(row)
