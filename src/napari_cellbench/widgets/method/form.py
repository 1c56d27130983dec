"""A method with its checkpoint and its parameters, as a form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QGroupBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ...checkpoints import get_checkpoint, stored
from ...data.kind import Kind
from ...data.sample import Role, Target
from ...engine import Entry
from ...engine.environments import missing
from ...errors import CheckpointError, InputError
from ...methods import Method
from ...methods.parameters import build, describe
from ...methods.proposal import mismatch, outlined, propose, roles_target
from ..choices import FormGroup
from .checkpoint_box import CheckpointBox
from .making_box import MakingBox
from .method_box import AboutMethod, EnvironmentButton, MethodBox
from .parameter_form import ParameterForm

NAMED = re.compile(r"( Or| Name).*--method.*$")
"""What a message says to those who write commands."""
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
        self._image: tuple[tuple[Role, ...], Kind | None] = ((), None)
        self._target: Target | None = None
        self._proposed, self._proposing, self._chosen_by_user = "", False, False
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.method = MethodBox()
        self.checkpoint = CheckpointBox()
        self.about = AboutMethod()
        self.making = MakingBox()
        self.environment_button = EnvironmentButton(self.method)
        self.file_button = QPushButton("File…")
        self.more_button = QPushButton("Gallery…")
        self.method.choose(FIRST)
        self.parameters = ParameterForm(self.chosen().parameters)
        self._build()
        self.checkpoint.chosen.connect(self._show_checkpoint)
        self._show_method()
        self._chosen_by_user = False
        self.checkpoint.activated.connect(self._take_target)
        self.method.currentIndexChanged.connect(self._show_method)
        self.environment_button.moved.connect(self._show_environment)
        self.making.made.connect(self._take_environment)
        self.file_button.clicked.connect(self.checkpoint.ask_file)

    def chosen(self) -> Method[Any]:
        """Return the method."""
        return self.method.method()

    def suggest(self, roles: tuple[Role, ...], kind: Kind | None = None) -> None:
        """Preselect the checkpoint that suits the image, unless the user has chosen one."""
        self._image = (roles, kind)
        self.checkpoint.suggest(roles, kind, self._target)
        self._show_note()

    def target(self) -> Target:
        """Return what is outlined by the choice."""
        checkpoint, (roles, _) = self.checkpoint.checkpoint(), self._image
        if checkpoint is not None:
            return outlined(checkpoint, roles)
        return self._target or roles_target(roles)

    def ask_for(self, target: Target) -> None:
        """Choose a method and a checkpoint that outline nuclei, or whole cells."""
        self._target, self._chosen_by_user = target, False
        self.checkpoint.forget_choice()
        self.propose(*self._image)

    def propose(self, roles: tuple[Role, ...], kind: Kind | None) -> None:
        """Choose a method and a checkpoint for an image, unless the user has chosen already.

        The note says why, or that what the user has chosen isn't made for the image.
        """
        if self._proposing:
            return
        self.method.show_image(roles, kind, self._target)
        self._proposed = ""
        if kind is not None and not self._chosen_by_user:
            self._proposing = True
            try:
                found = propose(kind, roles, missing, self._target)
            except InputError as error:
                self._proposed = NAMED.sub("", str(error))
            else:
                self.method.choose(found.method)
                self.parameters.set_values(dict(found.parameters))
                self._proposed = found.reason
            finally:
                self._proposing = False
        self.suggest(roles, kind)

    def warning(self) -> str | None:
        """Return what the choice isn't made for, if so, in a sentence."""
        roles, kind = self._image
        checkpoint = self.checkpoint.checkpoint()
        if self.chosen().needs_checkpoint and checkpoint is None:
            return None
        values = self.parameters.values()
        return mismatch(self.chosen(), checkpoint, roles, kind, values)

    def _take_target(self, *_: object) -> None:
        """Ask for what the user's own choice outlines."""
        if self.checkpoint.checkpoint() is not None and self._target is not None:
            self._target = self.target()
            self.method.show_image(*self._image, self._target)

    def _show_checkpoint(self, *_: object) -> None:
        checkpoint = self.checkpoint.checkpoint()
        automatic: Mapping[str, float] = {}
        if checkpoint is not None and checkpoint.method == self.chosen().key:
            found = stored(checkpoint)
            automatic = self.chosen().automatic(found.path) if found.installed else {}
        self.parameters.show_automatic(automatic)
        self._show_note()

    def _show_note(self, *_: object) -> None:
        text = self.warning() or ("" if self._chosen_by_user else self._proposed)
        self.note.setText(text)
        self.note.setVisible(bool(text))

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
        self._chosen_by_user = True

    def _show_method(self, *_: object) -> None:
        method = self.chosen()
        self._chosen_by_user = self._chosen_by_user or not self._proposing
        self.file_button.setEnabled(method.needs_checkpoint)
        self.more_button.setEnabled(method.needs_checkpoint)
        before, self.parameters = self.parameters, ParameterForm(method.parameters)
        self._column.replaceWidget(before, self.parameters)
        before.setParent(None)
        before.deleteLater()
        self.checkpoint.show_method(method.key)
        self._show_environment()

    def close_form(self) -> None:
        """Stop what was started here: the panel is gone."""
        self.making.close_run()

    def _take_environment(self) -> None:
        self.method.refresh()
        self._show_environment()

    def _show_environment(self) -> None:
        self.about.show_method(self.chosen())
        self.making.show_method(self.chosen())
        self.changed.emit()

    def _build(self) -> None:
        self.file_button.setToolTip("Choose a checkpoint of your own")
        self.more_button.setToolTip("All checkpoints of this method for such images, to download")
        # For panels that can open it.
        self.more_button.hide()
        what = FormGroup("Method")
        what.rows.addRow("Method", self.method)
        what.rows.addRow("Checkpoint", self.checkpoint)
        what.rows.addRow(self.note)
        what.rows.addRow(self.about)
        what.rows.addRow(self.making)
        # In a row of their own: the names above need all the width.
        buttons = QHBoxLayout()
        buttons.addWidget(self.environment_button)
        buttons.addWidget(self.file_button)
        buttons.addWidget(self.more_button)
        what.rows.addRow(buttons)
        parameters = QGroupBox("Parameters")
        self._column = QVBoxLayout(parameters)
        self._column.addWidget(self.parameters)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(what)
        layout.addWidget(parameters)
