"""A window to say what an entry is: method, checkpoint, parameters, device and name."""

from __future__ import annotations

from dataclasses import replace

from qtpy.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ....compare.naming import title_of
from ....data.kind import Kind
from ....data.sample import Role
from ....engine import Entry
from ....errors import CellbenchError
from ...choices import DEVICES, choice_box
from ...method.form import MethodForm
from ...notify import complain

SIZE = (430, 620)
"""Of the window at first, in pixels."""


class EntryDialog(QDialog):
    """Makes an entry, or changes one.

    Parameters
    ----------
    entry
        What to begin with; None for a new one.
    roles, kind
        Of the image's channels and of the image, by which a checkpoint is suggested; empty and None
        without an image.
    """

    def __init__(
        self,
        entry: Entry | None = None,
        roles: tuple[Role, ...] = (),
        kind: Kind | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._roles, self._kind = roles, kind
        self.setWindowTitle("Add a method" if entry is None else "Change a method")
        self.form = MethodForm()
        self.device = choice_box(DEVICES, "Automatic takes a GPU where there is one")
        self.name = QLineEdit()
        self.name.setToolTip("Stands above the tile and in the table")
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        ok.setText("Add" if entry is None else "Change")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._build()
        self.form.changed.connect(self._suggest)
        self._suggest()
        if entry is not None:
            self.form.show_entry(entry)
            if self.device.findData(entry.device) < 0:
                self.device.addItem(entry.device, entry.device)
            self.device.setCurrentIndex(self.device.findData(entry.device))
            self.name.setText(entry.name)
            self.name.setPlaceholderText(title_of(replace(entry, name="")))

    def entry(self) -> Entry:
        """Return what is chosen.

        Raises
        ------
        InputError
            See `MethodForm.entry`.
        """
        made = self.form.entry(self.device.currentData())
        return replace(made, name=self.name.text().strip())

    def accept(self) -> None:
        """Close, unless something is wanting."""
        try:
            self.entry()
        except CellbenchError as error:
            complain(error)
            return
        super().accept()

    def done(self, result: int) -> None:
        """Close, and stop what was started here."""
        self.form.close_form()
        super().done(result)

    def _suggest(self) -> None:
        if self._roles:
            self.form.suggest(self._roles, self._kind)

    def _build(self) -> None:
        self.name.setPlaceholderText("method and checkpoint")
        rows = QFormLayout()
        rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        rows.addRow("Device", self.device)
        rows.addRow("Name", self.name)
        page = QWidget()
        column = QVBoxLayout(page)
        column.addWidget(self.form)
        column.addLayout(rows)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(page)
        layout = QVBoxLayout(self)
        layout.addWidget(scroll, 1)
        layout.addWidget(self.buttons)
        self.resize(*SIZE)
