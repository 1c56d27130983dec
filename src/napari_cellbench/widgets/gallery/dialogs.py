"""The gallery's dialogues: where files go and come from, and a file of one's own."""

from __future__ import annotations

import os
from pathlib import Path

from qtpy.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ...checkpoints import Checkpoint, add_user_checkpoint
from ...checkpoints.settings import Settings, cache_dir, read_settings, write_settings
from ...methods import methods
from ...methods.recognition import recognise
from ..choices import ChoiceBox
from . import text as words


class SettingsDialog(QDialog):
    """Folder of downloads, and the lab's mirror."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Checkpoints: settings")
        settings = read_settings()
        self.folder = QLineEdit(settings.folder)
        self.folder.setPlaceholderText(str(cache_dir()))
        self.mirror = QLineEdit(settings.mirror)
        self.mirror.setPlaceholderText("Folder, or https://…")
        _follow_environment(self.folder, "CELLBENCH_CACHE")
        _follow_environment(self.mirror, "CELLBENCH_MIRROR")
        note = QLabel(
            "A mirror is for computers without internet: a folder, or an address, with a copy of "
            "the folder of downloads of a computer that is online. It is asked before the authors’ "
            "addresses. Files that lie in another folder now stay there."
        )
        note.setWordWrap(True)
        form = QFormLayout()
        form.addRow("Folder of downloads", _with_browse(self, self.folder))
        form.addRow("Mirror", _with_browse(self, self.mirror))
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(note)
        layout.addWidget(_buttons(self, "Save"))
        self.setMinimumWidth(520)

    def save(self) -> None:
        """Keep what is shown.

        Raises
        ------
        InputError
            If the settings can't be written.
        """
        write_settings(Settings(self.folder.text().strip(), self.mirror.text().strip()))


class AddDialog(QDialog):
    """A file of one's own: what method it is of, what it finds, how it is called."""

    def __init__(self, parent: QWidget, file: Path) -> None:
        super().__init__(parent)
        self.setWindowTitle("Add your own checkpoint")
        self._file = file
        self.title = QLineEdit(file.stem)
        self.method = ChoiceBox()
        for method in methods().values():
            if method.needs_checkpoint:
                self.method.addItem(method.title, method.key)
        self.target = ChoiceBox()
        for key, title in words.TARGETS.items():
            self.target.addItem(title, key)
        self.note = QLabel()
        self.note.setWordWrap(True)
        self._buttons = _buttons(self, "Add")
        self.method.setPlaceholderText("Choose its method")
        self._suggest()
        self.method.currentIndexChanged.connect(self._allow)
        form = QFormLayout()
        form.addRow("File", QLabel(file.name))
        form.addRow("Name", self.title)
        form.addRow("Method", self.method)
        form.addRow("", self.note)
        form.addRow("Finds", self.target)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self._buttons)
        self.setMinimumWidth(420)

    def add(self) -> Checkpoint:
        """Remember the file.

        Raises
        ------
        CheckpointError, InputError
            See `add_user_checkpoint`.
        """
        return add_user_checkpoint(
            self._file,
            self.method.currentData(),
            title=self.title.text().strip(),
            target=self.target.currentData(),
        )

    def _suggest(self) -> None:
        """Choose the method that the file is of, as far as that can be told."""
        found, is_known = recognise(self._file)
        self.method.setCurrentIndex(self.method.findData(found.key) if found is not None else -1)
        if found is None:
            self.note.setText("What is in the file fits no method that is known here.")
        elif is_known:
            self.note.setText(f"Recognised by its weights: {found.title}.")
        else:
            self.note.setText("Guessed by the file’s name or kind: check it.")
        self._allow()

    def _allow(self, *_: object) -> None:
        add = self._buttons.button(QDialogButtonBox.StandardButton.Ok)
        add.setEnabled(self.method.currentData() is not None)


def confirm_delete(parent: QWidget, checkpoint: Checkpoint) -> bool:
    """Ask whether a download is to be deleted."""
    question = f"Delete {checkpoint.title}? It can be downloaded again."
    answer = QMessageBox.question(parent, "Delete", question)
    return bool(answer == QMessageBox.StandardButton.Yes)


def _follow_environment(field: QLineEdit, variable: str) -> None:
    """Show that whoever looks after the computer has decided already."""
    if value := os.environ.get(variable):
        field.setEnabled(False)
        field.setToolTip(f"Set by the environment variable {variable}")
        field.setPlaceholderText(f"{value} ({variable})")


def _with_browse(dialog: QDialog, field: QLineEdit) -> QWidget:
    def browse() -> None:
        if folder := QFileDialog.getExistingDirectory(dialog, "Choose a folder", field.text()):
            field.setText(folder)

    button = QPushButton("Browse…")
    button.setAutoDefault(False)
    button.setEnabled(field.isEnabled())
    button.clicked.connect(browse)
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(field, 1)
    layout.addWidget(button)
    return row


def _buttons(dialog: QDialog, accept: str) -> QDialogButtonBox:
    kinds = QDialogButtonBox.StandardButton
    box = QDialogButtonBox(kinds.Ok | kinds.Cancel)
    box.button(kinds.Ok).setText(accept)
    box.accepted.connect(dialog.accept)
    box.rejected.connect(dialog.reject)
    return box
