"""The button that adds an image with its labels to a set of corrected images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFileDialog, QMenu, QPushButton

from ..corrections.collection import CorrectionSet
from ..corrections.known_sets import first_set, known_sets, remember_set
from ..data.readers.correction_set import Entry
from ..errors import CellbenchError, InputError
from .jobs.background import Background
from .layers.annotated import Annotated, annotated
from .notify import complain, tell

Chosen = tuple[Any, dict[str, Any] | None]
"""A labels layer, and its image layers by role; None for those that belong to it."""


class SetButton(QPushButton):
    """Adds what a panel works on to the set that was used last, or to another one.

    Parameters
    ----------
    viewer
        napari's viewer.
    choose
        Returns the labels that the panel works on, or raises an `InputError` that says what to
        choose.

    Signals
    -------
    added(entry)
        An image is in the set now.
    """

    added = Signal(object)

    def __init__(self, viewer: Any, choose: Callable[[], Chosen]) -> None:
        super().__init__("Add to correction set")
        self._viewer, self._choose = viewer, choose
        self.setToolTip("Collect this image with its checked labels, to train a method on")
        menu = QMenu(self)
        self.whole_action = menu.addAction("Whole image", lambda: self.add())
        self.visible_action = menu.addAction("Visible region", lambda: self.add(only_visible=True))
        menu.addSeparator()
        self.set_action = menu.addAction("", self.ask)
        self.train_action = menu.addAction("Train on it…", self.train)
        self.setMenu(menu)
        menu.aboutToShow.connect(self._show_set)
        self._show_set()

    def add(self, *, only_visible: bool = False) -> None:
        """Add the plane that is shown; returns at once."""
        try:
            labels, images = self._choose()
            if labels is None:
                raise InputError("Choose the labels to add first.")
            one = annotated(self._viewer, labels, images, only_visible=only_visible)
        except CellbenchError as error:
            complain(error)
            return
        folder = chosen_set()
        self.setEnabled(False)
        job = Background(lambda: _add(folder, one), "cellbench-add")
        job.returned.connect(self._finish)
        job.failed.connect(complain)
        job.ended.connect(self._release)
        job.start()

    def ask(self) -> None:
        """Ask for another set: a folder of one, or an empty one to begin one."""
        title = "Choose a correction set, or an empty folder for a new one"
        if folder := QFileDialog.getExistingDirectory(self, title, str(chosen_set().parent)):
            self.use(Path(folder))

    def use(self, folder: Path) -> None:
        """Add to a set from now on; it is made if there is none."""
        try:
            CorrectionSet(folder).begin()
            remember_set(folder)
        except CellbenchError as error:
            complain(error)
        self._show_set()

    def train(self) -> None:
        """Show the set in the Train panel, opened if it isn't."""
        # It knows the panels that have this button.
        from .train.widget import train_on

        train_on(self._viewer, chosen_set())

    def _finish(self, found: tuple[str, Entry]) -> None:
        text, entry = found
        tell(text)
        self._show_set()
        self.added.emit(entry)

    def _release(self) -> None:
        self.setEnabled(True)

    def _show_set(self) -> None:
        folder = chosen_set()
        self.set_action.setText(f"Set: {folder.name}. Use another…")
        self.set_action.setToolTip(str(folder))
        self.train_action.setEnabled(folder in known_sets())


def chosen_set() -> Path:
    """Return the set that was used last; the first one of those who have used none."""
    known = known_sets()
    return known[0] if known else first_set()


def _add(folder: Path, one: Annotated) -> tuple[str, Entry]:
    """Add to a set, and say what was done."""
    found = CorrectionSet(folder)
    before = {entry.name for entry in found.entries}
    entry = found.add(one.sample(), one.target, region=one.region, source=one.file)
    remember_set(folder)
    part = "" if entry.region is None else " (the visible region)"
    purpose = "to learn from" if entry.split == "train" else "to measure on"
    cells = f"{entry.cells:,} cell{'s' * (entry.cells != 1)}"
    replaced = " It replaced what was there of it before." if entry.name in before else ""
    text = f"{entry.name}{part} is in the set {folder.name}: {cells}, {purpose}.{replaced}"
    return text, entry
