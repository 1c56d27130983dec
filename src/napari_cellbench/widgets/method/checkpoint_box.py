"""Choosing a checkpoint: a list by source, or a file of one's own."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QFileDialog, QWidget

from ...checkpoints import Checkpoint, add_user_checkpoint, checkpoints, location
from ...data.kind import Kind
from ...data.sample import Role, Target
from ...engine import default_checkpoint
from ...methods import get_method
from ..choices import ChoiceBox

SOURCES = {
    "bundled": "Bundled",
    "official": "From the authors",
    "seggal": "From SegGal",
    "user": "My files",
}


class CheckpointBox(ChoiceBox):
    """The checkpoints of one method; the bundled one that fits the channels is preselected.

    Signals
    -------
    chosen
        Another checkpoint, or another method's.
    """

    chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._method = ""
        self._touched = False
        self.activated.connect(self._touch)
        self.currentIndexChanged.connect(self._announce)

    def checkpoint(self) -> Checkpoint | None:
        """Return the choice."""
        found: Checkpoint | None = self.currentData()
        return found

    def show_method(self, method: str) -> None:
        """List the checkpoints of a method."""
        self._method = method
        self._touched = False
        self.setEnabled(get_method(method).needs_checkpoint)
        self._fill()

    def suggest(
        self, roles: tuple[Role, ...], kind: Kind | None = None, target: Target | None = None
    ) -> None:
        """Preselect what suits the image, or nothing, unless the user has chosen already."""
        if self._touched or not get_method(self._method).needs_checkpoint:
            return
        fitting = default_checkpoint(get_method(self._method), roles, kind, target)
        known = [self.itemData(i) for i in range(self.count())]
        rows = [i for i, one in enumerate(known) if one is not None and one == fitting]
        self.setPlaceholderText("Choose one: none that is bundled suits the image")
        self.setCurrentIndex(rows[0] if rows else -1)

    def forget_choice(self) -> None:
        """Let `suggest` choose again."""
        self._touched = False

    def add_file(self, path: Path) -> None:
        """Remember a file of the user's and choose it."""
        self.choose(add_user_checkpoint(path, self._method))

    def ask_file(self) -> None:
        """Ask for a file of the user's."""
        patterns = get_method(self._method).file_patterns or ("*",)
        path, _ = QFileDialog.getOpenFileName(
            self, "Choose a checkpoint", "", f"Checkpoints ({' '.join(patterns)});;All files (*)"
        )
        if path:
            self.add_file(Path(path))

    def choose(self, checkpoint: Checkpoint) -> None:
        """Choose a checkpoint of the method."""
        self._touched = True
        self._fill()
        for i in range(self.count()):
            if self.itemData(i) == checkpoint:
                self.setCurrentIndex(i)

    def _fill(self) -> None:
        self.blockSignals(True)
        self.clear()
        fitting = [c for c in checkpoints() if c.method == self._method and c.purpose == "segment"]
        for source, heading in SOURCES.items():
            group = [c for c in fitting if c.source == source]
            if group:
                self.addItem(heading)
                self.model().item(self.count() - 1).setEnabled(False)
            for checkpoint in group:
                there = location(checkpoint).exists()
                self.addItem(checkpoint.title + ("" if there else "  ↓"), checkpoint)
                tip = _describe(checkpoint) + ("" if there else " · downloaded when first used")
                self.setItemData(self.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        if not get_method(self._method).needs_checkpoint:
            self.addItem("None needed")
        elif not self.count():
            self.addItem("Choose a file…")
        first = next((i for i in range(self.count()) if self.itemData(i)), 0)
        self.setCurrentIndex(first)
        self.blockSignals(False)
        self._announce()

    def _touch(self, *_: object) -> None:
        self._touched = True

    def _announce(self, *_: object) -> None:
        checkpoint = self.checkpoint()
        self.setToolTip(_describe(checkpoint) if checkpoint else "")
        self.chosen.emit()


def _describe(checkpoint: Checkpoint) -> str:
    parts = [checkpoint.title]
    if checkpoint.trained_on:
        parts.append(f"trained on {checkpoint.trained_on}")
    if checkpoint.size:
        parts.append(f"{checkpoint.size / 1e6:.0f} MB")
    if checkpoint.licence:
        parts.append(checkpoint.licence)
    return " · ".join(parts)
