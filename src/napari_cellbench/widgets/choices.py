"""Boxes of a form with a fixed set of choices."""

from __future__ import annotations

from collections.abc import Mapping

from qtpy.QtWidgets import QComboBox, QFormLayout, QGroupBox, QSizePolicy

DEVICES = {"auto": "Automatic", "cpu": "CPU", "cuda": "NVIDIA GPU (CUDA)", "mps": "Apple GPU"}


def choice_box(items: Mapping[str, str]) -> QComboBox:
    """Return a box of titles by key; the key is the current data."""
    box = QComboBox()
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    for key, title in items.items():
        box.addItem(title, key)
    return box


class FormGroup(QGroupBox):
    """A frame with a title around rows of a form."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.rows = QFormLayout(self)
        self.rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
