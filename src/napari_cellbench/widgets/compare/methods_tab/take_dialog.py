"""A window to choose labels layers that are results, too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)


class TakeDialog(QDialog):
    """Offers labels layers to be ticked.

    Parameters
    ----------
    layers
        Which there are.
    """

    def __init__(self, layers: Sequence[Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layers = list(layers)
        self.setWindowTitle("Take layers")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.list = QListWidget()
        for layer in self._layers:
            line = QListWidgetItem(layer.name)
            line.setFlags(line.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            line.setCheckState(Qt.CheckState.Unchecked)
            self.list.addItem(line)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(QLabel("Which labels layers are to be compared with the results?"))
        layout.addWidget(self.list)
        layout.addWidget(self.buttons)

    def chosen(self) -> list[Any]:
        """Return the layers that are ticked."""
        return [
            layer
            for row, layer in enumerate(self._layers)
            if self.list.item(row).checkState() == Qt.CheckState.Checked
        ]
