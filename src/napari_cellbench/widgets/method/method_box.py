"""Choosing a method: those that lack a package are greyed, and say what to install."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QColor
from qtpy.QtWidgets import (
    QLabel,
    QPushButton,
    QStyledItemDelegate,
    QWidget,
)

from ...engine.environments import how_to_install, missing, python_of
from ...methods import Method, get_method, methods
from ..choices import ChoiceBox
from .environment_dialog import EnvironmentDialog

GREY = QColor("gray")
"""Legible on napari's dark theme and on its light one."""

MARGIN = 24
"""Of the list's items, with a scroll bar, in pixels: a list is wider than its box is."""


class MethodBox(ChoiceBox):
    """All methods; one that can't run here stays choosable, so that it can be read why."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # The delegate of a combo box heeds the style sheet alone, not the colour of an item.
        self.setItemDelegate(QStyledItemDelegate(self))
        for method in methods().values():
            self.addItem(method.title, method.key)
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + MARGIN)
        self.refresh()

    def method(self) -> Method[Any]:
        """Return the choice."""
        return get_method(self.currentData())

    def choose(self, key: str) -> None:
        """Choose a method by its key."""
        self.setCurrentIndex(max(0, self.findData(key)))

    def refresh(self) -> None:
        """Grey the methods that lack a package, in the environment that they run in."""
        for i in range(self.count()):
            method = get_method(self.itemData(i))
            lacking = bool(missing(method))
            self.setItemData(i, GREY if lacking else None, Qt.ItemDataRole.ForegroundRole)
            self.setItemData(i, describe(method), Qt.ItemDataRole.ToolTipRole)


class EnvironmentButton(QPushButton):
    """Sends the method of a box to another environment."""

    moved = Signal()
    """The method runs in another environment now."""

    def __init__(self, box: MethodBox, parent: QWidget | None = None) -> None:
        super().__init__("Environment…", parent)
        self._box = box
        self.setToolTip("Run this method with the packages of another Python environment")
        self.clicked.connect(self.ask)

    def ask(self) -> None:
        """Ask where the chosen method shall run."""
        dialog = EnvironmentDialog(self._box.method(), self)
        dialog.accepted.connect(self._moved)
        dialog.open()

    def _moved(self) -> None:
        self._box.refresh()
        self.moved.emit()


class AboutMethod(QLabel):
    """Whom to cite for a method, or what it needs to run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setStyleSheet("color: gray; font-size: 11px;")

    def show_method(self, method: Method[Any]) -> None:
        """Show a method."""
        lines = [method.citation, *_where(method)]
        self.setText("\n".join(lines[1:] if missing(method) else lines))
        self.setToolTip(describe(method))


def describe(method: Method[Any]) -> str:
    """Return the tooltip of a method."""
    about = " · ".join(part for part in (method.family, method.citation, method.url) if part)
    return "\n".join([about, *_where(method)])


def _where(method: Method[Any]) -> list[str]:
    """Say what a method lacks, or in which environment it runs where that isn't napari's."""
    if lacking := missing(method):
        return [f"{', '.join(lacking)} missing; to install:", how_to_install(method)]
    python = python_of(method.key)
    return [f"Runs in {python}"] if python else []
