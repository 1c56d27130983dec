"""Where and when corrections were saved, in a calm line."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from qtpy.QtCore import Qt, QUrl, Signal
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QMenu, QVBoxLayout, QWidget

from ...corrections.claim import InUse
from ...corrections.session import Session
from ..choices import button

EVERY = 25
"""Seconds between saves: with the writing, no more than 30 are ever gone."""


class SavingBox(QWidget):
    """Shows a session, and what can be done with it.

    Signals
    -------
    moved(folder)
        Corrections are to be saved in a folder below this one.
    done
        The person is done with these labels.
    taking_over
        The corrections of the other window are to be gone on with here.
    """

    moved = Signal(object)
    done = Signal()
    taking_over = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.where, self.problem = QLabel(), QLabel()
        self.folder_button = button("Folder…", "Show the folder, or save in another one")
        self.done_button = button("Done", "All is corrected: it isn't offered at the next start")
        self.take_over_button = button(
            "Take over here", "Go on here with what is saved; the other window saves no more"
        )
        self._folder = Path()
        menu = QMenu(self)
        menu.addAction("Show the folder", self.show_folder)
        self.choose_action = menu.addAction("Save in another folder…", self.choose_folder)
        self.folder_button.setMenu(menu)
        self.done_button.clicked.connect(lambda *_: self.done.emit())
        self.take_over_button.clicked.connect(lambda *_: self.taking_over.emit())
        row = QHBoxLayout()
        row.addWidget(self.where, 1)
        row.addWidget(self.folder_button)
        row.addWidget(self.done_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.problem)
        column.addWidget(self.take_over_button, 0, Qt.AlignmentFlag.AlignLeft)
        for label in (self.where, self.problem):
            label.setWordWrap(True)
        self.show_session(None)

    def show_session(self, session: Session | None) -> None:
        """Show where labels are saved, and what goes wrong; None where none are."""
        self.setVisible(session is not None)
        if session is None:
            return
        self._folder = session.folder or session.folders[0]
        self.where.setText(where_saved(session))
        self.where.setToolTip(str(self._folder))
        problem = what_is_wrong(session)
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.take_over_button.setVisible(
            session.taken is not None and isinstance(session.problem, InUse)
        )
        self.done_button.setEnabled(session.folder is not None and session.is_open)
        self.choose_action.setEnabled(not session.lost)

    def show_folder(self) -> None:
        """Show the folder in the computer's file manager, or the one that it will be in."""
        there = next(one for one in (self._folder, *self._folder.parents) if one.is_dir())
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(there)))

    def choose_folder(self) -> None:
        """Ask for another folder to save in."""
        title, before = "Save corrections in", str(self._folder.parent)
        if folder := QFileDialog.getExistingDirectory(self, title, before):
            self.moved.emit(Path(folder))


def where_saved(session: Session) -> str:
    """Say where and when it was saved, in a line."""
    name = (session.folder or session.folders[0]).name
    if session.last is None:
        return f"Will be saved in {name}" if session.folder is None else f"Saving in {name}"
    time = datetime.fromisoformat(session.last.time).astimezone()
    is_today = time.date() == datetime.now().astimezone().date()
    when = f"{time:%H:%M}" if is_today else session.last.clock
    return f"{'Done. ' * session.finished}Saved {when} in {name}"


def what_is_wrong(session: Session) -> str:
    """Say why nothing is saved, or not where it should be; an empty text where all is well."""
    if session.problem is None:
        return ""
    if session.lost:
        return str(session.problem)
    if session.fails:
        return f"Not saved: {session.problem} Tried again every {EVERY} seconds."
    name = session.folder.name if session.folder is not None else ""
    return f"{session.problem} What is changed here is saved in {name} meanwhile."
