"""Choosing a method by what it is for; those that can't run, or don't fit, are grey and say why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QColor
from qtpy.QtWidgets import (
    QLabel,
    QPushButton,
    QWidget,
)

from ...data.kind import Kind
from ...data.sample import Role, Target
from ...engine.environments import how_to_install, missing, python_of
from ...engine.needs import needs
from ...methods import Method, get_method, methods
from ...methods.readiness import OFFLINE, readiness
from ..choices import ChoiceBox
from ..two_lines import MARGIN, SUBTITLE, TwoLines
from .environment_dialog import EnvironmentDialog

GREY = QColor("gray")
"""Marks what can't run or doesn't fit; `TwoLines` draws it dim."""

WIDTH = 430
"""Least of the list, in pixels of the screen: it is wider than its box is."""
MOST_VISIBLE = 14
"""Rows of the list before it scrolls."""


class MethodBox(ChoiceBox):
    """Methods by purpose; a grey one stays choosable, so that it can be read why.

    Parameters
    ----------
    parent
        Of the widget.
    offers
        Which methods; all if left out.
    """

    def __init__(
        self,
        parent: QWidget | None = None,
        offers: Callable[[Method[Any]], bool] = lambda method: True,
    ) -> None:
        super().__init__("What finds the objects; grey ones say in the list what is amiss", parent)
        self._image: tuple[tuple[Role, ...], Kind | None, Target | None] = ((), None, None)
        # The delegate of a combo box heeds the style sheet alone, not the colour of an item.
        self.setItemDelegate(TwoLines(self))
        self.setMaxVisibleItems(MOST_VISIBLE)
        every = [method for method in methods().values() if offers(method)]
        for group in dict.fromkeys(method.group for method in sorted(every, key=_order)):
            self.addItem(group)
            self.model().item(self.count() - 1).setFlags(Qt.ItemFlag.NoItemFlags)
            for method in every:
                if method.group == group:
                    self.addItem(method.title, method.key)
        self.choose(every[0].key)
        self.refresh()

    def showPopup(self) -> None:  # noqa: N802
        """Open the list, wide enough for what it says of each method."""
        metrics = self.view().fontMetrics()
        ready = (self.itemData(i, SUBTITLE) or "" for i in range(self.count()) if self._fits(i))
        room = 2 * MARGIN + self.view().verticalScrollBar().sizeHint().width()
        longest = max(map(metrics.horizontalAdvance, ready), default=0)
        self.view().setMinimumWidth(max(WIDTH, longest + room))
        super().showPopup()

    def method(self) -> Method[Any]:
        """Return the choice."""
        return get_method(self.currentData())

    def choose(self, key: str) -> None:
        """Choose a method by its key."""
        row = self.findData(key)
        if row >= 0:
            self.setCurrentIndex(row)

    def show_image(self, roles: tuple[Role, ...], kind: Kind | None, target: Target | None) -> None:
        """Say of each method whether it suits an image, and finds what is asked for."""
        if (roles, kind, target) != self._image:
            self._image = roles, kind, target
            self.refresh()

    def refresh(self) -> None:
        """Say what each method is for and what it takes; grey those that can't run or don't fit."""
        for i in range(self.count()):
            if (key := self.itemData(i)) is None:
                continue
            method = get_method(key)
            needed, ready = needs(method), readiness(method, *self._image)
            takes = ready.text if needed.installed == "installed" else needed.to_install
            grey = not (needed.can_run and ready.fits)
            purpose = method.purpose or method.family
            # What a method lacks comes first, since the end of a long line is cut.
            parts = [takes[:1].upper() + takes[1:], purpose] if grey else [purpose, takes]
            line = " · ".join(part for part in (*parts, *needed.cautions) if part)
            self.setItemData(i, line, SUBTITLE)
            self.setItemData(i, GREY if grey else None, Qt.ItemDataRole.ForegroundRole)
            self.setItemData(i, f"{line}\n{describe(method)}", Qt.ItemDataRole.ToolTipRole)

    def _fits(self, row: int) -> bool:
        return self.itemData(row, Qt.ItemDataRole.ForegroundRole) is None


def _order(method: Method[Any]) -> int:
    """Order groups: those with what works at once come first."""
    return 0 if readiness(method).text == OFFLINE else 1


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
    """Whom to cite for a method, what to know before it is used, and what it needs to run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setStyleSheet("color: gray; font-size: 11px;")

    def show_method(self, method: Method[Any]) -> None:
        """Show a method."""
        needed = needs(method)
        lines = [] if needed.command else [method.citation]
        cautions = "; ".join(needed.cautions)
        lines += [f"{cautions[:1].upper()}{cautions[1:]}."] if cautions else []
        self.setText("\n".join([*lines, *_where(method)]))
        self.setToolTip(describe(method))


def describe(method: Method[Any]) -> str:
    """Return the tooltip of a method."""
    about = " · ".join(part for part in (method.family, method.citation, method.url) if part)
    return "\n".join([about, *_where(method)])


def _where(method: Method[Any]) -> list[str]:
    """Say what a method lacks, or in which environment it runs where that isn't napari's."""
    if lacking := missing(method):
        return [f"Needs {', '.join(lacking)}. To install:", how_to_install(method)]
    python = python_of(method.key)
    return [f"Runs in {python}"] if python else []
