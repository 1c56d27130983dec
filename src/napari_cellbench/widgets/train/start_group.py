"""What is trained: a method, and the checkpoint that it goes on from."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QLabel

from ...checkpoints import Checkpoint
from ...data import Role, Target
from ...engine.environments import missing
from ...methods import Method
from ..choices import FormGroup, button, row_of
from ..method.checkpoint_box import CheckpointBox
from ..method.method_box import MethodBox

FIRST = "stardist"
"""The method that is chosen at first."""
NOTHING = "None: from random weights"


class StartBox(CheckpointBox):
    """The checkpoints of a method, and at the end none."""

    def is_chosen(self) -> bool:
        """Whether a checkpoint, or none, is chosen."""
        return self.currentIndex() >= 0

    def choose_nothing(self) -> None:
        """Start from random weights."""
        self._touch()
        self.setCurrentIndex(self.count() - 1)

    def suggest_for(self, roles: tuple[Role, ...], target: Target) -> None:
        """Preselect what finds the same in such channels, unless the user has chosen."""
        before = self.currentIndex()
        self.suggest(roles, None, target)
        if not self.is_chosen():
            self.setCurrentIndex(before)

    def _fill(self) -> None:
        super()._fill()
        blocked = self.blockSignals(True)
        if not any(self.itemData(i) for i in range(self.count())):
            # "Choose a file…" stands for a choice where one is needed.
            self.clear()
        self.addItem(NOTHING)
        if self.currentIndex() < 0:
            self.setCurrentIndex(0)
        self.blockSignals(blocked)
        self._announce()


class StartGroup(FormGroup):
    """Method and checkpoint.

    Signals
    -------
    changed
        Another method or checkpoint is chosen.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__("What is trained")
        self.method = MethodBox(offers=lambda method: method.trainable)
        self.method.setToolTip("What learns; grey ones say in the list what is amiss")
        self.checkpoint = StartBox()
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.file_button = button("File…", "Go on from a checkpoint of your own")
        self.more_button = button("Gallery…", "All checkpoints of this method, to download")
        self.rows.addRow("Method", self.method)
        self.rows.addRow("Start from", self.checkpoint)
        self.rows.addRow(self.note)
        self.rows.addRow(row_of(self.file_button, self.more_button))
        self.method.choose(FIRST)
        self._show_method()
        self.method.currentIndexChanged.connect(self._show_method)
        self.checkpoint.chosen.connect(self.changed)
        self.file_button.clicked.connect(self.checkpoint.ask_file)

    def chosen(self) -> Method[Any]:
        """Return the method."""
        return self.method.method()

    def start(self) -> Checkpoint | None:
        """Return what to start from; None for random weights."""
        return self.checkpoint.checkpoint()

    def lacks(self) -> bool:
        """Whether packages of the method are missing."""
        return bool(missing(self.chosen()))

    def _show_method(self, *_: object) -> None:
        method = self.chosen()
        lacking = missing(method)
        text = f"Needs {', '.join(lacking)}. {method.how_to_install()}" if lacking else ""
        self.note.setText(text)
        self.note.setVisible(bool(text))
        self.checkpoint.show_method(method.key)
