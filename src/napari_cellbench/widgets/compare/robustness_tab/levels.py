"""Which degradations, and at which levels."""

from __future__ import annotations

from functools import partial

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QGridLayout, QLineEdit, QMenu, QPushButton, QWidget

from ....data.degradations import DEGRADATIONS, Degradation, levels_for
from ....errors import InputError

TICKED = ("poisson", "blur", "downsampling")
"""At first: what any image may suffer from."""


class LevelsForm(QWidget):
    """One row a degradation: a tick, its levels, and a menu to look at one of them.

    Signals
    -------
    changed
        Something else is ticked or written.
    preview_wanted(kind, level)
        The user wants to see the image so.
    """

    changed = Signal()
    preview_wanted = Signal(str, float)

    def __init__(self) -> None:
        super().__init__()
        self.ticks: dict[str, QCheckBox] = {}
        self.edits: dict[str, QLineEdit] = {}
        self.menus: dict[str, QPushButton] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(1, 1)
        for row, one in enumerate(DEGRADATIONS.values()):
            for column, widget in enumerate(self._row(one)):
                grid.addWidget(widget, row, column)

    def levels(self) -> dict[str, tuple[float, ...]]:
        """Return the levels of what is ticked.

        Raises
        ------
        InputError
            If nothing is ticked, or something that is no number is written.
        """
        chosen = {kind: self._levels(kind) for kind, tick in self.ticks.items() if tick.isChecked()}
        if not any(chosen.values()):
            raise InputError("Tick at least one degradation, and give it a level.")
        return {kind: levels for kind, levels in chosen.items() if levels}

    def set_channels(self, count: int) -> None:
        """Offer another order of the channels only where there are several."""
        several = count > 1
        for widget in (self.ticks, self.edits, self.menus):
            widget["channel_order"].setEnabled(several)
        if not several:
            self.ticks["channel_order"].setChecked(False)
        self.edits["channel_order"].setText(_text(levels_for("channel_order", count)))

    def _row(self, one: Degradation) -> tuple[QWidget, QWidget, QWidget]:
        tick, edit, menu = QCheckBox(one.title), QLineEdit(), QPushButton("Preview")
        tip = f"<b>{one.title}</b><p>{one.help}</p><p>Levels: {one.level.lower()}.</p>"
        tick.setChecked(one.key in TICKED)
        tick.setToolTip(tip)
        edit.setText(_text(one.levels))
        edit.setCursorPosition(0)
        edit.setToolTip(tip)
        edit.setMinimumWidth(80)
        menu.setToolTip("Show the image at one of these levels, as a layer")
        actions = QMenu(menu)
        actions.aboutToShow.connect(partial(self._fill, actions, one.key))
        menu.setMenu(actions)
        tick.toggled.connect(self.changed)
        edit.textChanged.connect(self.changed)
        self.ticks[one.key], self.edits[one.key], self.menus[one.key] = tick, edit, menu
        return tick, edit, menu

    def _fill(self, menu: QMenu, kind: str) -> None:
        menu.clear()
        try:
            levels = self._levels(kind)
        except InputError as error:
            menu.addAction(str(error)).setEnabled(False)
            return
        for level in levels:
            action = menu.addAction(f"{DEGRADATIONS[kind].title} {level:g}")
            action.triggered.connect(partial(self._ask, kind, level))

    def _ask(self, kind: str, level: float, *_: object) -> None:
        self.preview_wanted.emit(kind, level)

    def _levels(self, kind: str) -> tuple[float, ...]:
        parts = self.edits[kind].text().replace(",", " ").replace(";", " ").split()
        try:
            return tuple(dict.fromkeys(float(part) for part in parts))
        except ValueError:
            raise InputError(
                f"{DEGRADATIONS[kind].title}: write levels as numbers, such as "
                f"{_text(DEGRADATIONS[kind].levels)}."
            ) from None


def _text(levels: tuple[float, ...]) -> str:
    return ", ".join(f"{level:g}" for level in levels)
