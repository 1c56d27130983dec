"""One distance, in pixels and micrometres: a slider and two fields that follow each other."""

from __future__ import annotations

import numpy as np
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QDoubleSpinBox, QGridLayout, QHBoxLayout, QLabel, QPushButton, QWidget
from superqt import QDoubleSlider

REACH_UM = 15.0
"""Micrometres to either side: so far 10x Genomics' Xenium expanded nuclei to cells."""
REACH_PX = 20.0
"""Pixels to either side where micrometres aren't known."""
MOST_PX = 256.0
"""With very small pixels the slider ends before 15 µm."""


class DistanceSlider(QWidget):
    """A distance in pixels; negative shrinks."""

    changed = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self._size: float | None = None
        self._whole = False
        self._distance = 0.0
        self.slider = QDoubleSlider(Qt.Orientation.Horizontal)
        self.pixels = QDoubleSpinBox()
        self.micrometres = QDoubleSpinBox()
        self.left, self.right = QLabel(), QLabel()
        self.xenium = QPushButton("Xenium")
        self._build()
        self.set_pixel_size(None)
        self.slider.valueChanged.connect(self.set_value)
        self.pixels.valueChanged.connect(self.set_value)
        self.micrometres.valueChanged.connect(self._set_micrometres)
        self.xenium.clicked.connect(self._set_reach)

    @property
    def reach(self) -> float:
        """Greatest distance in pixels."""
        return float(self.slider.maximum())

    def value(self) -> float:
        """Return the distance in pixels."""
        return self._distance

    def set_value(self, distance: float) -> None:
        """Go to a distance in pixels, or as near as can be."""
        distance = min(max(distance, -self.reach), self.reach)
        distance = float(int(distance + np.copysign(0.5, distance)) if self._whole else distance)
        self._show(min(max(round(distance, 2), -self.reach), self.reach))

    def set_pixel_size(self, size: float | None) -> None:
        """Say how wide a pixel is, in micrometres; None if it isn't known. Goes to 0."""
        self._size = size
        reach = REACH_PX if size is None else min(REACH_UM / size, MOST_PX)
        self._show(0.0)
        for field, unit in ((self.slider, 1.0), (self.pixels, 1.0), (self.micrometres, size or 0)):
            field.blockSignals(True)
            field.setRange(-reach * unit, reach * unit)
            field.blockSignals(False)
        for widget in (self.micrometres, self.xenium):
            widget.setVisible(size is not None)
        marked = size is not None and reach < MOST_PX
        self.xenium.setEnabled(marked)
        text = f"{reach:g} px" if size is None else f"{reach * size:.3g} µm"
        self.left.setText(f"−{text} · shrink")
        self.right.setText(f"grow · +{text}" + (" (Xenium)" if marked else ""))

    def set_whole(self, whole: bool) -> None:
        """Allow whole pixels only: a number of iterations."""
        self._whole = whole
        self.pixels.setSingleStep(1 if whole else 0.5)
        self.set_value(self.value())

    def _set_reach(self, *_: object) -> None:
        self._set_micrometres(REACH_UM)

    def _set_micrometres(self, distance: float) -> None:
        if self._size is not None:
            self.set_value(distance / self._size)

    def _show(self, distance: float) -> None:
        before, self._distance = self._distance, distance
        for field, unit in ((self.slider, 1), (self.pixels, 1), (self.micrometres, self._size)):
            field.blockSignals(True)
            field.setValue(distance * (unit or 0))
            field.blockSignals(False)
        if distance != before:
            self.changed.emit(distance)

    def _build(self) -> None:
        self.slider.setSingleStep(0.5)
        self.slider.setPageStep(1)
        for field, suffix in ((self.pixels, " px"), (self.micrometres, " µm")):
            field.setDecimals(2)
            field.setSingleStep(0.5)
            field.setSuffix(suffix)
            field.setKeyboardTracking(False)
            field.setMinimumWidth(105)
        self.xenium.setToolTip("How far 10x Genomics' Xenium expanded nuclei to cells: 15 µm")
        for field in (self.slider, self.pixels, self.micrometres):
            field.setToolTip("By how much labels grow; below 0 they shrink")
        for label in (self.left, self.right):
            label.setStyleSheet("font-size: 11px;")
        fields = QHBoxLayout()
        for widget, stretch in ((self.pixels, 1), (self.micrometres, 1), (self.xenium, 0)):
            fields.addWidget(widget, stretch)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addLayout(fields, 0, 0, 1, 2)
        grid.addWidget(self.slider, 1, 0, 1, 2)
        grid.addWidget(self.left, 2, 0)
        grid.addWidget(self.right, 2, 1, Qt.AlignmentFlag.AlignRight)
