"""All keys of the Correct panel, and the card that lists them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ...corrections.review import CellState
from ..panel import Panel
from .at_work import AtWork
from .form import CorrectForm
from .key_pointer import KeyPointer
from .keys import Key, Keys
from .keys_card import KeysCard
from .pointer import Pointer
from .tools import TOOLS


class Keyboard:
    """What keys do over the canvas.

    Parameters
    ----------
    panel
        The panel: the card stands above it.
    form, work, pointer
        Its parts.
    take_back
        Takes the last step back; returns whether there was one.
    """

    def __init__(
        self,
        panel: Panel,
        form: CorrectForm,
        work: AtWork,
        pointer: Pointer,
        take_back: Callable[[], bool],
    ) -> None:
        self._panel, self._form, self._work = panel, form, work
        self._pointer = KeyPointer(panel.viewer, pointer)
        self._card: KeysCard | None = None
        self.keys = Keys(panel.viewer, self._keys(take_back))

    def show_keys(self) -> bool:
        """Show which key does what, or hide it."""
        if self._card is None:
            self._card = KeysCard(self.keys.keys, self._panel)
        self._card.setVisible(not self._card.isVisible())
        return True

    def mark(self, world: Any) -> None:
        """Show where keys moved the pointer to; None once the mouse was moved."""
        if world is None:
            self._pointer.forget()
        self._work.mark(world)

    def close(self) -> None:
        """Listen no longer."""
        self.keys.close_keys()
        if self._card is not None:
            self._card.close()

    def _keys(self, take_back: Callable[[], bool]) -> list[Key]:
        """Return all keys; those of the pointer only work while a tool is on."""
        review = self._form.review
        tools = [
            Key(f"Shift+{tool.letter}", tool.title, partial(self._switch, tool.key))
            for tool in TOOLS
        ]
        return [
            *tools,
            Key("Tab", "Another guess of the model", self._work.next_offer),
            Key("Esc", "Take the last step back", take_back),
            Key("Space", "Review: right, go on", lambda: review.decide(CellState.RIGHT)),
            Key("Shift+U", "Review: unsure, go on", lambda: review.decide(CellState.UNSURE)),
            *self._pointer.keys(),
            Key("?", "Show or hide this list", self.show_keys),
        ]

    def _switch(self, tool: str) -> bool:
        self._form.tools.choose(tool)
        return True
