"""The list of entries with the buttons that change it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog, QMenu, QVBoxLayout, QWidget

from ....compare.bundled import bundled_entries
from ....compare.preset import read_preset, write_preset
from ....data.kind import Kind
from ....data.sample import Role
from ....engine import Entry
from ....errors import CellbenchError
from ...choices import button, row_of
from ...notify import complain, tell
from ...saving import remember_layers
from ..entry_model import EntryModel
from .entry_dialog import EntryDialog
from .entry_list import EntryList

PRESETS = "Presets (*.json)"


class EntriesPanel(QWidget):
    """Adds, changes, moves, removes, keeps and reads entries.

    Parameters
    ----------
    roles, kind
        Tell what the channels of the chosen image, and the image itself, show.
    """

    def __init__(
        self, roles: Callable[[], tuple[Role, ...]], kind: Callable[[], Kind | None]
    ) -> None:
        super().__init__()
        self._roles, self._kind = roles, kind
        self.entries = EntryModel()
        self.list = EntryList(self.entries)
        self.add_button = button("Add…", "Add a method")
        self.edit_button = button("Edit…", "Change checkpoint, parameters, device or name")
        self.duplicate_button = button("Duplicate", "To try it with other parameters, too")
        self.remove_button = button("Remove", "Take it off this list; its result stays")
        self.up_button = button("▲", "Run it earlier")
        self.down_button = button("▼", "Run it later")
        self.bundled_button = button(
            "Add the bundled ones", "Methods that need no download; those that fit are ticked"
        )
        self.preset_button = button("Preset", "Keep this list in a file, or open one")
        self._build()
        self._connect()
        self._show_chosen()

    def add(self) -> None:
        """Ask for an entry, and add it."""
        self._ask(None, lambda entry: self.entries.add([entry]))

    def edit(self, row: int) -> None:
        """Ask how an entry shall be."""
        line = self.entries.lines[row]

        def change(entry: Entry) -> None:
            if line in self.entries.lines:
                self.entries.change(self.entries.lines.index(line), entry)

        self._ask(line.entry, change)

    def add_bundled(self) -> None:
        """Add all that runs without a download; what doesn't fit the image isn't ticked."""
        known = [line.entry for line in self.entries.lines]
        for entry, fits in bundled_entries(self._roles(), self._kind()):
            if entry not in known:
                self.entries.add([entry], ticked=fits)

    def open_preset(self, path: Path) -> None:
        """Append the entries of a file."""
        try:
            self.entries.add(read_preset(path))
        except CellbenchError as error:
            complain(error)

    def save_preset(self, path: Path) -> None:
        """Write all entries to a file."""
        remember_layers()
        try:
            write_preset(path, [line.entry for line in self.entries.lines])
        except CellbenchError as error:
            complain(error)
        else:
            tell(f"Saved {path.name}.")

    def _ask(self, entry: Entry | None, take: Callable[[Entry], None]) -> None:
        dialog = EntryDialog(entry, self._roles(), self._kind(), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: take(dialog.entry()))
        dialog.open()

    def _duplicate(self) -> None:
        row = self.list.row()
        self.entries.duplicate(row)
        self.list.choose(row + 1)

    def _move(self, by: int) -> None:
        self.list.choose(self.entries.move(self.list.row(), by))
        self._show_chosen()

    def _ask_to_open(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Open a preset", "", PRESETS)
        if path:
            self.open_preset(Path(path))

    def _ask_to_save(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save as preset", "methods.json", PRESETS)
        if path:
            self.save_preset(Path(path))

    def _show_chosen(self) -> None:
        row, number = self.list.row(), len(self.entries.lines)
        for one in (self.edit_button, self.duplicate_button, self.remove_button):
            one.setEnabled(row >= 0)
        self.up_button.setEnabled(row > 0)
        self.down_button.setEnabled(0 <= row < number - 1)
        self._save.setEnabled(number > 0)

    def _connect(self) -> None:
        self.list.chosen.connect(self._show_chosen)
        self.entries.rowsInserted.connect(self._show_chosen)
        self.list.opened.connect(self.edit)
        self.list.deleted.connect(self.entries.remove)
        self.add_button.clicked.connect(self.add)
        self.edit_button.clicked.connect(lambda: self.edit(self.list.row()))
        self.duplicate_button.clicked.connect(self._duplicate)
        self.remove_button.clicked.connect(lambda: self.entries.remove(self.list.row()))
        self.up_button.clicked.connect(lambda: self._move(-1))
        self.down_button.clicked.connect(lambda: self._move(1))
        self.bundled_button.clicked.connect(self.add_bundled)

    def _build(self) -> None:
        menu = QMenu(self)
        menu.addAction("Open…", self._ask_to_open)
        self._save = menu.addAction("Save…", self._ask_to_save)
        self.preset_button.setMenu(menu)
        for arrow in (self.up_button, self.down_button):
            arrow.setFixedWidth(32)
        changing = (self.edit_button, self.duplicate_button, self.remove_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.list, 1)
        layout.addLayout(row_of(*changing, self.up_button, self.down_button))
        layout.addLayout(row_of(self.add_button, self.bundled_button, self.preset_button))
