"""Where a method shall run: asks for another environment's Python, and tries it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from qtpy.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ...engine.environments import chosen_python, set_python
from ...errors import sentence
from ...methods import Method
from ..jobs.background import in_background

EXPLANATION = (
    "{title} can run with the packages of another Python environment, beside the other methods. "
    "That environment needs numpy, pycocotools and what the method requires ({requires}), not "
    "napari. Leave the field empty to run it in {own}."
)


class EnvironmentDialog(QDialog):
    """Sets the interpreter of a method once that has shown that it can run methods.

    Parameters
    ----------
    method
        Whose environment to set.
    """

    def __init__(self, method: Method[Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._method = method
        self.setWindowTitle(f"Environment of {method.title}")
        self.setMinimumWidth(480)
        requires = ", ".join(method.requires) or "nothing more"
        own = "napari's own environment" if method.environment is None else "the one made for it"
        about = QLabel(EXPLANATION.format(title=method.title, requires=requires, own=own))
        about.setWordWrap(True)
        self.path = QLineEdit(str(chosen_python(method.key) or ""))
        self.path.setPlaceholderText("…/bin/python, or the folder of the environment")
        browse = QPushButton("Browse…")
        browse.clicked.connect(self._browse)
        self.status = QLabel()
        self.status.setWordWrap(True)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.buttons.accepted.connect(self._set)
        self.buttons.rejected.connect(self.reject)
        self.finished.connect(self.deleteLater)
        row = QHBoxLayout()
        row.addWidget(self.path, 1)
        row.addWidget(browse)
        layout = QVBoxLayout(self)
        layout.addWidget(about)
        layout.addLayout(row)
        layout.addWidget(self.status)
        layout.addWidget(self.buttons)

    def reject(self) -> None:
        """Close, unless the interpreter is still being asked."""
        if self.buttons.isEnabled():
            super().reject()

    def _browse(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Choose the environment's Python")
        if path:
            self.path.setText(path)

    def _set(self) -> None:
        """Try the interpreter in a thread: the first start of one can take a while."""
        text = self.path.text().strip()
        self.buttons.setEnabled(False)
        self.status.setText("Asking the interpreter what it has…")
        in_background(partial(_try, self._method.key, Path(text) if text else None), self._finish)

    def _finish(self, problem: str) -> None:
        self.buttons.setEnabled(True)
        self.status.setText(problem)
        if not problem:
            self.accept()


def _try(method: str, python: Path | None) -> str:
    """Set the interpreter; return what the user has to mend, if anything."""
    try:
        set_python(method, python)
    except Exception as error:
        return sentence(error)
    return ""
