"""A method with its checkpoint and its parameters, as a form."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QGroupBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ...checkpoints import get_checkpoint
from ...compare import Entry
from ...data.sample import Role
from ...errors import CheckpointError, InputError
from ...methods import Method
from ...methods.parameters import build, describe
from ..choices import FormGroup
from .checkpoint_box import CheckpointBox
from .method_box import AboutMethod, EnvironmentButton, MethodBox
from .parameter_form import ParameterForm

FIRST = "stardist"
"""The method that is chosen at first."""


class MethodForm(QWidget):
    """Fields for what an `Entry` says.

    Signals
    -------
    changed
        Another method is chosen, or it runs in another environment now.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.method = MethodBox()
        self.checkpoint = CheckpointBox()
        self.about = AboutMethod()
        self.environment_button = EnvironmentButton(self.method)
        self.file_button = QPushButton("Checkpoint file…")
        self.method.choose(FIRST)
        self.parameters = ParameterForm(self.chosen().parameters)
        self._build()
        self._show_method()
        self.method.currentIndexChanged.connect(self._show_method)
        self.environment_button.moved.connect(self._show_environment)
        self.file_button.clicked.connect(self.checkpoint.ask_file)

    def chosen(self) -> Method[Any]:
        """Return the method."""
        return self.method.method()

    def suggest(self, roles: tuple[Role, ...]) -> None:
        """Preselect the checkpoint that fits the channels, unless the user has chosen one."""
        self.checkpoint.suggest(roles)

    def entry(self, device: str = "auto") -> Entry:
        """Return what is chosen, with the parameters that differ from their defaults.

        Raises
        ------
        InputError
            If a checkpoint is wanting, or a parameter can't be used.
        """
        method, checkpoint = self.chosen(), self.checkpoint.checkpoint()
        if method.needs_checkpoint and checkpoint is None:
            raise InputError(f"{method.title} needs a checkpoint: choose one or a file.")
        values = self.parameters.values()
        build(method.parameters, values)
        defaults = {info.name: info.default for info in describe(method.parameters)}
        return Entry(
            method=method.key,
            checkpoint=checkpoint.key if checkpoint is not None else None,
            parameters={name: value for name, value in values.items() if value != defaults[name]},
            device=device,
        )

    def show_entry(self, entry: Entry) -> None:
        """Choose what an entry says; a checkpoint that is there no longer is left to the user."""
        self.method.choose(entry.method)
        if entry.checkpoint is not None:
            try:
                self.checkpoint.choose(get_checkpoint(entry.checkpoint, entry.method))
            except CheckpointError:
                self.checkpoint.setCurrentIndex(-1)
        self.parameters.set_values(dict(entry.parameters))

    def _show_method(self, *_: object) -> None:
        method = self.chosen()
        self.checkpoint.show_method(method.key)
        self.file_button.setEnabled(method.needs_checkpoint)
        before, self.parameters = self.parameters, ParameterForm(method.parameters)
        self._column.replaceWidget(before, self.parameters)
        before.setParent(None)
        before.deleteLater()
        self._show_environment()

    def _show_environment(self) -> None:
        self.about.show_method(self.chosen())
        self.changed.emit()

    def _build(self) -> None:
        self.file_button.setToolTip("Choose a checkpoint of your own")
        what = FormGroup("Method")
        what.rows.addRow("Method", self.method)
        what.rows.addRow("Checkpoint", self.checkpoint)
        what.rows.addRow(self.about)
        # In a row of their own: the names above need all the width.
        buttons = QHBoxLayout()
        buttons.addWidget(self.environment_button)
        buttons.addWidget(self.file_button)
        what.rows.addRow(buttons)
        parameters = QGroupBox("Parameters")
        self._column = QVBoxLayout(parameters)
        self._column.addWidget(self.parameters)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(what)
        layout.addWidget(parameters)
