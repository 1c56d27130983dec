"""A form that is made from a method's parameters dataclass."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)
from superqt.utils import signals_blocked

from ...methods.parameters import ParameterInfo, describe
from ..choices import ChoiceBox
from ..folded import folded


class ParameterForm(QWidget):
    """Fields with units, ranges and help; the advanced ones are folded away.

    Parameters
    ----------
    parameters
        A dataclass of `napari_cellbench.methods.parameter` fields.
    fold
        Whether the advanced ones are folded away; False for a form that is so itself.
    """

    changed = Signal()

    def __init__(
        self, parameters: type, parent: QWidget | None = None, *, fold: bool = True
    ) -> None:
        super().__init__(parent)
        self._fields: dict[str, _Field] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        infos = describe(parameters)
        layout.addWidget(self._form([info for info in infos if not (fold and info.advanced)]))
        advanced = [info for info in infos if fold and info.advanced]
        if advanced:
            tip = "Parameters that are rarely changed"
            layout.addWidget(folded("Advanced", tip, self._form(advanced)))

    def values(self) -> dict[str, Any]:
        """Return the values by name, as `methods.parameters.build` takes them."""
        return {name: field.value() for name, field in self._fields.items()}

    def set_values(self, values: dict[str, Any]) -> None:
        """Show values; what is not named keeps its own."""
        for name, value in values.items():
            self._fields[name].set_value(value)

    def show_automatic(self, values: Mapping[str, float]) -> None:
        """Show which values the automatic ones are, as far as that is known."""
        for name, field in self._fields.items():
            field.show_automatic(values.get(name))

    def _form(self, infos: list[ParameterInfo]) -> QWidget:
        page = QWidget()
        form = QFormLayout(page)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for info in infos:
            field = _Field(info)
            field.changed.connect(self.changed)
            self._fields[info.name] = field
            form.addRow(info.label, field)
            form.labelForField(field).setToolTip(field.toolTip())
        return page


class _Field(QWidget):
    """One value; an optional one has a box to leave it to the method."""

    changed = Signal()

    def __init__(self, info: ParameterInfo) -> None:
        super().__init__()
        self._editor = _editor(info)
        self._start = _or(info.start, _or(info.low, 0))
        self._auto: QCheckBox | None = None
        self._automatic: float | None = None
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._editor.setMinimumWidth(90)
        layout.addWidget(self._editor, 1)
        if info.optional and not isinstance(self._editor, _AutoYesNo):
            self._auto = QCheckBox("auto")
            self._auto.setToolTip("Leave it to the checkpoint")
            self._auto.setAccessibleName(f"{info.label}: auto")
            self._auto.toggled.connect(self._leave)
            self._auto.toggled.connect(self.changed)
            layout.addWidget(self._auto)
        self.setToolTip(f"<p>{info.help}</p>")
        self._editor.setAccessibleName(info.label)
        self.set_value(info.default)
        _change_signal(self._editor).connect(self.changed)

    def show_automatic(self, value: float | None) -> None:
        """Show the value that the method will take by itself; None where nobody knows yet."""
        self._automatic = value
        if self._auto is not None and self._auto.isChecked():
            self._leave(True)

    def _leave(self, auto: bool) -> None:
        """Show the number that counts, if it is known; it is the start when the user takes over."""
        known = self._automatic
        with signals_blocked(self._editor):
            self._editor.setDisabled(auto)
            self._editor.setSpecialValueText(
                ("—" if known is None else f"{known:g}") if auto else ""
            )
            start = self._start if known is None else known
            self._editor.setValue(self._editor.minimum() if auto else type(self._start)(start))

    def value(self) -> Any:
        if isinstance(self._editor, _AutoYesNo):
            return self._editor.currentData()
        if self._auto is not None and self._auto.isChecked():
            return None
        if isinstance(self._editor, QComboBox):
            return self._editor.currentText()
        if isinstance(self._editor, QCheckBox):
            return self._editor.isChecked()
        return self._editor.value()

    def set_value(self, value: Any) -> None:
        if isinstance(self._editor, _AutoYesNo):
            self._editor.setCurrentIndex(self._editor.findData(value))
            return
        if self._auto is not None:
            self._auto.setChecked(value is None)
        if value is None:
            return
        if isinstance(self._editor, QComboBox):
            self._editor.setCurrentText(value)
        elif isinstance(self._editor, QCheckBox):
            self._editor.setChecked(value)
        else:
            self._editor.setValue(value)


class _AutoYesNo(ChoiceBox):
    """A bool that may be left to the checkpoint."""

    def __init__(self) -> None:
        super().__init__()
        for text, value in (("auto", None), ("yes", True), ("no", False)):
            self.addItem(text, value)


def _editor(info: ParameterInfo) -> Any:
    if info.type is bool:
        return _AutoYesNo() if info.optional else QCheckBox()
    if info.choices:
        box = ChoiceBox()
        box.addItems(info.choices)
        return box
    if info.type is int:
        spin: Any = QSpinBox()
        spin.setRange(int(_or(info.low, -(2**31))), int(_or(info.high, 2**31 - 1)))
        spin.setSingleStep(int(_or(info.step, 1)))
    else:
        spin = QDoubleSpinBox()
        spin.setRange(_or(info.low, -1e9), _or(info.high, 1e9))
        step = _or(info.step, 0.1)
        spin.setSingleStep(step)
        # As many as the smallest value needs.
        least = min(step, info.low or step)
        spin.setDecimals(1 if least >= 0.1 else 2 if least >= 0.01 else max(3, _places(least)))
    spin.setSuffix(f" {info.unit}" if info.unit else "")
    return spin


def _places(value: float) -> int:
    """Return after how many decimals a number below 1 begins."""
    return math.ceil(-math.log10(value)) if 0 < value < 1 else 0


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value


def _change_signal(editor: Any) -> Any:
    if isinstance(editor, QComboBox):
        return editor.currentTextChanged
    return editor.toggled if isinstance(editor, QCheckBox) else editor.valueChanged
