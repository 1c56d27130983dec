"""What the gallery is searched and filtered by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from ...checkpoints import Checkpoint
from ...checkpoints.facets import Filter, tissues
from ..choices import ChoiceBox, button
from . import text as words


class GalleryFilters(QWidget):
    """A search field, one list for each property, and a way back to everything."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search: words of name, method, training images, licence")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Search")
        self.search.textChanged.connect(self._tell)
        modalities = {k: v for k, v in words.MODALITIES.items() if k != "any"}
        self.target = self._box("Any target", words.TARGETS)
        self.channels = self._box("Any channels", words.CHANNELS)
        self.modality = self._box("Any kind of image", modalities)
        self.tissue = self._box("Any tissue or cell type", {})
        self.method = self._box("Any method", {})
        self.terms = self._box("Any licence", words.TERMS)
        self.search.setToolTip("Several words: all of them must occur")
        self.installed = QCheckBox("On this computer")
        self.installed.setToolTip("Only what runs without a download")
        self.installed.toggled.connect(self._tell)
        self.reset = button("Clear filters", "Show all checkpoints again")
        self.reset.clicked.connect(self.clear)
        self.reset.setEnabled(False)
        self._build()

    def offer(self, checkpoints: Sequence[Checkpoint]) -> None:
        """Fill the lists of methods and tissues with what there is; choices stay."""
        titles = {c.method: words.method_title(c.method) for c in checkpoints}
        by_title = dict(sorted(titles.items(), key=lambda item: item[1].lower()))
        several = {"*": "Several together"}
        _refill(self.method, by_title)
        _refill(self.tissue, several | {name: name for name in tissues(checkpoints)})

    def asked(self) -> Filter:
        """Return what is asked for."""
        return Filter(
            text=self.search.text(),
            target=self.target.currentData(),
            channels=self.channels.currentData(),
            modality=self.modality.currentData(),
            tissue=self.tissue.currentData() or "",
            method=self.method.currentData(),
            terms=self.terms.currentData(),
        )

    def narrow(self, method: str, modality: str | None) -> None:
        """Ask for a method's checkpoints, for a kind of image if it is known."""
        self.clear()
        self.method.setCurrentIndex(max(0, self.method.findData(method)))
        self.modality.setCurrentIndex(max(0, self.modality.findData(modality)))

    def clear(self) -> None:
        """Ask for everything."""
        blocked = self.blockSignals(True)
        self.search.clear()
        self.installed.setChecked(False)
        for box in self._boxes():
            box.setCurrentIndex(0)
        self.blockSignals(blocked)
        self._tell()

    def _boxes(self) -> tuple[QComboBox, ...]:
        return (
            self.target,
            self.channels,
            self.modality,
            self.tissue,
            self.method,
            self.terms,
        )

    def _box(self, anything: str, choices: Mapping[Any, str]) -> ChoiceBox:
        what = anything.removeprefix("Any ")
        box = ChoiceBox(f"Show only checkpoints of one {what}")
        box.setAccessibleName(what.capitalize())
        box.addItem(anything, None)
        for key, title in choices.items():
            box.addItem(title, key)
        box.currentIndexChanged.connect(self._tell)
        return box

    def _tell(self, *_: object) -> None:
        everything = self.asked() == Filter() and not self.installed.isChecked()
        self.reset.setEnabled(not everything)
        self.changed.emit()

    def _build(self) -> None:
        grid = QGridLayout()
        grid.setSpacing(4)
        for i, box in enumerate(self._boxes()):
            grid.addWidget(box, i // 2, i % 2)
        below = QHBoxLayout()
        below.addWidget(self.installed)
        below.addStretch(1)
        below.addWidget(self.reset)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.search)
        layout.addLayout(grid)
        layout.addLayout(below)


def _refill(box: QComboBox, choices: Mapping[Any, str]) -> None:
    chosen = box.currentData()
    blocked = box.blockSignals(True)
    while box.count() > 1:
        box.removeItem(1)
    for key, title in choices.items():
        box.addItem(title, key)
    box.setCurrentIndex(max(0, box.findData(chosen)) if chosen is not None else 0)
    box.blockSignals(blocked)
