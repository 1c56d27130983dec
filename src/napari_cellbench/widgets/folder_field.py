"""A field for a folder: typed, or chosen in the system's dialogue."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QWidget

from ..errors import InputError
from ..files.places import expanded
from .choices import button


class FolderField(QWidget):
    """Text and a button.

    Parameters
    ----------
    tip
        What the folder is for.
    hint
        Shown while the field is empty.

    Signals
    -------
    changed
        Another folder is named.
    edited
        By the user.
    """

    changed = Signal()
    edited = Signal()

    def __init__(self, tip: str, hint: str = "") -> None:
        super().__init__()
        self.line = QLineEdit()
        self.line.setPlaceholderText(hint)
        self.line.setMinimumWidth(60)
        self.button = button("Folder…", f"{tip}: choose it")
        self.setToolTip(tip)
        self.line.setToolTip(tip)
        self.line.setAccessibleName(tip)
        self.line.textChanged.connect(self._change)
        self.line.textEdited.connect(lambda *_: self.edited.emit())
        self.button.clicked.connect(self.ask)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.line, 1)
        row.addWidget(self.button)
        self._tip = tip

    def folder(self) -> Path | None:
        """Return the folder; None for an empty field.

        Raises
        ------
        InputError
            If it can't be a path.
        """
        text = self.line.text().strip()
        return expanded(text) if text else None

    def show_folder(self, folder: Path) -> None:
        """Name a folder; its end, which tells most, is seen where it is long."""
        if self.line.text() != str(folder):
            self.line.setText(str(folder))

    def ask(self) -> None:
        """Ask for a folder."""
        if folder := QFileDialog.getExistingDirectory(self, self._tip, str(self._start())):
            self.show_folder(Path(folder))
            self.edited.emit()

    def _start(self) -> Path | str:
        try:
            return self.folder() or ""
        except InputError:
            return ""

    def _change(self, text: str) -> None:
        self.line.setToolTip(f"{text}\n{self._tip}" if text else self._tip)
        self.changed.emit()
