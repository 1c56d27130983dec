"""What the chosen image looks like, and a way to say otherwise."""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QWidget

from ..data.kind import TITLES, Kind, KindName
from .choices import ChoiceBox
from .jobs.background import in_background
from .layers.kind import is_quick, kind_of_layer
from .layers.source import Input

TOLD: tuple[KindName, ...] = ("fluorescence", "phase_contrast", "dark_on_bright", "stained_tissue")
"""Kinds of image that the user can name."""
NOTHING = "—"


class KindBox(ChoiceBox):
    """Shows what layers look like, with the reasons as its tooltip.

    Signals
    -------
    told
        What the layers show is known now, or the user said otherwise.
    """

    told = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._input: Input | None = None
        self.addItem(NOTHING, None)
        for name in TOLD:
            self.addItem(f"It is {TITLES[name]}", name)
        self.activated.connect(lambda _: self.told.emit())

    def kind(self) -> Kind | None:
        """Return what the layers show, as the user says or as they look; None while not known."""
        if self._input is None or not all(map(is_quick, self._input.layers.values())):
            return None
        seen, name = self._input.kind, self.currentData()
        if name is None or name == seen.name:
            return seen
        return Kind(name, 1.0, ("you said so",), seen.channels, seen.roles)

    def show_for(self, chosen: Input | None) -> None:
        """Show what layers look like; lazy ones are looked at beside the window.

        What the user said holds until other layers are chosen.
        """
        before = list(self._input.layers.values()) if self._input else []
        self._input = chosen
        if before != (list(chosen.layers.values()) if chosen else []):
            self.setCurrentIndex(0)
        self.setEnabled(chosen is not None)
        slow = [one for one in chosen.layers.values() if not is_quick(one)] if chosen else []
        if slow:
            in_background(lambda: [kind_of_layer(layer) for layer in slow], self._found)
        self._show()

    def _found(self, _: object) -> None:
        self._show()
        self.told.emit()

    def _show(self) -> None:
        kind, chosen = self.kind(), self._input
        text, tip = (NOTHING if chosen is None else "…"), ""
        if kind is not None and chosen is not None:
            roles = ", ".join(dict.fromkeys(role.replace("_", " ") for role in chosen.roles))
            sure = "not sure" if kind.name == "unsure" else f"{kind.confidence:.0%}"
            text = f"{TITLES[kind.name]} · {roles} ({sure})"
            tip = f"{kind}\nSay otherwise if it is something else."
        self.setItemText(0, text)
        self.setToolTip(tip)
