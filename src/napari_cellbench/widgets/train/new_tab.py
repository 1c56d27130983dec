"""The tab where a run is set up, seen through, and started."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from ...errors import Cancelled, CellbenchError, sentence
from ...training.run import Run
from ..choices import FormGroup, button, scrolling
from ..folder_field import FolderField
from ..jobs.background import Background
from ..jobs.latest import LatestJob, Report
from ..notify import complain, tell
from .how_group import HowGroup
from .learn_group import LearnGroup
from .order import Order, Prospect, begin, free_folder, look
from .start_group import StartGroup

SETTLED = 250
"""After the last change images are looked at once nothing has changed for so long, in ms."""


class NewTab(QWidget):
    """The form, what it comes to, and Start.

    Parameters
    ----------
    viewer
        napari's viewer.

    Signals
    -------
    started(run)
        A run was begun.
    """

    started = Signal(object)

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self.start = StartGroup()
        self.learn = LearnGroup(viewer)
        self.how = HowGroup()
        self.keep = FolderField("Folder of the run", "A new folder")
        self.prospect = QLabel()
        self.start_button = button("Start training", "It goes on when napari is closed")
        self._proposed = ""
        self._looking = LatestJob()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._build()
        self._connect()
        self._changed()

    def order(self) -> Order:
        """Return what the form says.

        Raises
        ------
        InputError
            If something is wanting.
        """
        start = self.start.start()
        planes = self.learn.planes()
        return Order(
            method=self.start.chosen().key,
            start=start.key if start is not None else None,
            data=self.learn.path() if planes is None else planes,
            how=self.how.how(),
        )

    def run(self) -> None:
        """Start what the form says, in a process of its own; returns at once."""
        try:
            order = self.order()
            folder = self.keep.folder() or free_folder(self._title())
        except CellbenchError as error:
            complain(error)
            return
        self.start_button.setEnabled(False)
        job = Background(lambda: begin(order, folder), "cellbench-train")
        job.returned.connect(self._begun)
        job.failed.connect(complain)
        job.ended.connect(self._changed)
        job.start()

    def close_tab(self) -> None:
        """Stop looking, and follow the viewer no longer."""
        self._later.stop()
        self._looking.stop()
        self.learn.close_group()

    def enterEvent(self, event: Any) -> None:  # noqa: N802
        """Take note of sets that other panels added to."""
        super().enterEvent(event)
        self.learn.refresh()

    def showEvent(self, event: Any) -> None:  # noqa: N802
        """Take note of sets that other panels added to."""
        super().showEvent(event)
        self.learn.refresh()

    def _begun(self, run: Run) -> None:
        tell(f"{run.folder.name} trains in the background; it goes on when napari is closed.")
        self._proposed = self.keep.line.text()
        self.started.emit(run)

    def _title(self) -> str:
        return f"{self.start.chosen().title} {self.learn.title()}"

    def _changed(self, *_: object) -> None:
        """Look at what the form says now, once nothing changes any more."""
        if self.keep.line.text() == self._proposed:
            self._proposed = str(free_folder(self._title()))
            self.keep.show_folder(Path(self._proposed))
        self._looking.drop()
        self._later.start(SETTLED)

    def _look(self) -> None:
        self.start_button.setEnabled(False)
        if self.start.lacks():
            self.prospect.setText(f"{self.start.chosen().title} isn’t installed here.")
            return
        try:
            order = self.order()
        except CellbenchError as error:
            self.prospect.setText(sentence(error))
            return
        self.start_button.setEnabled(True)
        self.prospect.setText("Looking at the images…")

        def work(report: Report) -> None:
            def check() -> None:
                if report.dropped or report.superseded:
                    raise Cancelled("There is something newer to look at.")

            report(look(order, check))

        self._looking.submit(work)

    def _show(self, prospect: Prospect) -> None:
        self.prospect.setText(str(prospect))
        self.prospect.setToolTip("\n".join(prospect.outlook.notes))
        self.start.checkpoint.suggest_for(prospect.outlook.roles, prospect.outlook.target)

    def _refuse(self, error: Exception) -> None:
        """Say why these images can't be learnt from."""
        self.start_button.setEnabled(False)
        self.prospect.setText(sentence(error))

    def _connect(self) -> None:
        for group in (self.start, self.learn, self.how):
            group.changed.connect(self._changed)
        self._later.timeout.connect(self._look)
        self._looking.delivered.connect(self._show)
        self._looking.failed.connect(self._refuse)
        self.start_button.clicked.connect(self.run)

    def _build(self) -> None:
        where = FormGroup("Where it is kept")
        where.rows.addRow(self.keep)
        self.prospect.setWordWrap(True)
        self.prospect.setTextFormat(Qt.TextFormat.PlainText)
        self.prospect.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.start_button.setDefault(True)
        self.start_button.setMinimumHeight(32)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        layout.addWidget(scrolling(self.start, self.learn, self.how, where), 1)
        layout.addWidget(self.prospect)
        layout.addWidget(self.start_button)
