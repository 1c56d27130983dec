"""What is learnt from: a correction set, a data set, or layers that are open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFileDialog, QWidget

from ...corrections.collection import CorrectionSet
from ...corrections.known_sets import known_sets, remember_set
from ...data.readers.correction_set import MANIFEST
from ...errors import CellbenchError, InputError
from ..choices import ChoiceBox, FormGroup, button, choice_box
from ..folder_field import FolderField
from ..layers.annotated import Annotated
from ..notify import complain
from .pair_list import PairList

SOURCES = {"set": "A correction set", "folder": "A data set", "layers": "Open layers"}
NO_SET = "None yet: add to one in Correct"


class LearnGroup(FormGroup):
    """Where images with labels come from.

    Parameters
    ----------
    viewer
        napari's viewer.

    Signals
    -------
    changed
        Others are to be learnt from.
    """

    changed = Signal()

    def __init__(self, viewer: Any) -> None:
        super().__init__("What it learns from")
        self.source = choice_box(SOURCES, "Where the images with checked labels are")
        self.sets = ChoiceBox("A set of corrected images, the last one first")
        self.sets.setPlaceholderText(NO_SET)
        self.set_button = button("Another set…", "Choose the folder of another correction set")
        self.folder = FolderField("Folder of a data set", "NAME_image.tif, NAME_labels.tif, …")
        self.pairs = PairList(viewer)
        self.rows.addRow("From", self.source)
        self.rows.addRow("Set", self.sets)
        self.rows.addRow("", self.set_button)
        self.rows.addRow("Folder", self.folder)
        self.rows.addRow(self.pairs)
        self.refresh()
        if not self.sets.count() and self.pairs.ticked():
            self.source.setCurrentIndex(self.source.findData("layers"))
        self._show_source()
        self.source.currentIndexChanged.connect(self._choose)
        self.sets.currentIndexChanged.connect(self.changed)
        self.set_button.clicked.connect(self.ask)
        self.folder.changed.connect(self.changed)
        self.pairs.changed.connect(self._note_pairs)

    def kind(self) -> str:
        """Return the source: "set", "folder" or "layers"."""
        chosen: str = self.source.currentData()
        return chosen

    def title(self) -> str:
        """Return how the source is called, for the name of a run; empty where there is none."""
        if self.kind() == "layers":
            names = [layer.name for layer in self.pairs.ticked()]
            return names[0] if len(names) == 1 else f"{len(names)} layers" if names else ""
        try:
            return self.path().name
        except InputError:
            return ""

    def path(self) -> Path:
        """Return the folder that is chosen.

        Raises
        ------
        InputError
            If none is.
        """
        found: Path | None
        if self.kind() == "set":
            chosen = self.sets.currentData()
            found, what = Path(chosen) if chosen else None, "a correction set"
        else:
            found, what = self.folder.folder(), "the folder of a data set"
        if found is None:
            raise InputError(f"Choose {what} to learn from.")
        return found

    def planes(self) -> list[Annotated] | None:
        """Return what is ticked of the open layers; None where a folder is learnt from.

        Raises
        ------
        InputError
            See `PairList.planes`.
        """
        return self.pairs.planes() if self.kind() == "layers" else None

    def choose_set(self, folder: Path) -> None:
        """Learn from a correction set.

        Raises
        ------
        InputError
            If it is none.
        """
        if not (folder / MANIFEST).is_file():
            raise InputError(f"{folder} is no correction set: there is no {MANIFEST} in it.")
        remember_set(folder)
        self.source.setCurrentIndex(self.source.findData("set"))
        self.refresh()
        self.sets.setCurrentIndex(self.sets.findData(str(folder.absolute())))
        self.changed.emit()

    def choose_folder(self, folder: Path) -> None:
        """Learn from a data set."""
        self.source.setCurrentIndex(self.source.findData("folder"))
        self.folder.show_folder(folder)

    def ask(self) -> None:
        """Ask for a correction set."""
        if folder := QFileDialog.getExistingDirectory(self, "Choose a correction set"):
            try:
                self.choose_set(Path(folder))
            except CellbenchError as error:
                complain(error)

    def refresh(self) -> None:
        """List the sets that there are now, and how large they are."""
        lines = []
        for folder in known_sets():
            try:
                count = len(CorrectionSet(folder).entries)
            except InputError:
                continue
            lines.append((f"{folder.name}: {count} image{'s' * (count != 1)}", str(folder)))
        if lines == [
            (self.sets.itemText(i), self.sets.itemData(i)) for i in range(self.sets.count())
        ]:
            return
        chosen = self.sets.currentData()
        blocked = self.sets.blockSignals(True)
        self.sets.clear()
        for text, name in lines:
            self.sets.addItem(text, name)
        at = self.sets.findData(chosen)
        self.sets.setCurrentIndex(max(at, 0) if lines else -1)
        self.sets.blockSignals(blocked)
        if self.kind() == "set":
            self.changed.emit()

    def close_group(self) -> None:
        """Follow the viewer no longer."""
        self.pairs.close_list()

    def _note_pairs(self) -> None:
        if self.kind() == "layers":
            self.changed.emit()

    def _choose(self, *_: object) -> None:
        self._show_source()
        self.changed.emit()

    def _show_source(self) -> None:
        kind = self.kind()
        for field, of in (
            (self.sets, "set"),
            (self.set_button, "set"),
            (self.folder, "folder"),
            (self.pairs, "layers"),
        ):
            show_row(self, field, kind == of)


def show_row(group: FormGroup, field: QWidget, on: bool) -> None:
    """Show a row of a form, or hide it with its title."""
    field.setVisible(on)
    if (title := group.rows.labelForField(field)) is not None:
        title.setVisible(on)
