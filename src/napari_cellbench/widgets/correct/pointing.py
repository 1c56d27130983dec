"""Pointing at cells: the outline that a click would keep follows the mouse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from qtpy.QtCore import QObject, Signal

from ...corrections.edit import Edit
from ...corrections.tools import add_mask, replace_mask
from ...engine.client.prompting import Offer
from ...errors import CellbenchError, InputError
from ...prompting.prompts import Prompt
from .asking import Wish
from .plane import LabelsPlane, Place, sides_of
from .preview import Preview, outline_of, rectangle
from .prompt_thread import PromptThread

NEAR = 1.5
"""A click takes the outline that is shown if it was asked for within so many pixels."""


@dataclass(frozen=True, eq=False)
class _Kept:
    """The cell that was added last: the next point may correct it."""

    plane: LabelsPlane
    label: int
    wish: Wish
    offers: tuple[Offer, ...]
    number: int


class Pointing(QObject):
    """What hovering, clicks, boxes and keys do with a network's offers.

    Parameters
    ----------
    thread
        Answers.
    preview
        Shows outlines.
    change
        Takes a plane and an `Edit`: makes the change.

    Signals
    -------
    said(text)
        What there is under the pointer.
    failed(error)
        Why a click changed nothing.
    """

    said = Signal(str)
    failed = Signal(object)

    def __init__(
        self,
        thread: PromptThread,
        preview: Preview,
        change: Callable[[LabelsPlane, Edit], None],
    ) -> None:
        super().__init__()
        self._thread, self._preview, self._change = thread, preview, change
        self._plane: LabelsPlane | None = None
        self._wish: Wish | None = None
        self._offers: tuple[Offer, ...] = ()
        self._number = 0
        self._kept: _Kept | None = None
        thread.offered.connect(self._take)

    def turn_to(self, plane: LabelsPlane | None) -> None:
        """Work on a plane from now on; None for none."""
        self._plane, self._kept = plane, None
        self.forget()

    def forget(self) -> None:
        """Show nothing: the pointer is elsewhere."""
        self._wish, self._offers, self._number = None, (), 0
        self._preview.clear("offer", "conflict", "drawn")

    def hover(self, place: Place) -> None:
        """Ask what a click here would give."""
        if self._plane is None:
            return
        if not self._plane.holds(place):
            self.forget()
            return
        self._thread.wish(Wish(Prompt.click(*place)))

    def click(self, place: Place, modifiers: frozenset[str]) -> None:
        """Keep what is shown; with Shift or Control correct the cell that was kept last."""
        if self._plane is None or not self._plane.holds(place):
            return
        if modifiers & {"Shift", "Control"}:
            self._correct(place, positive="Control" in modifiers)
            return
        shown = self._wish
        if shown is not None and self._offers and shown.prompt.box is None:
            at = np.array(shown.place)
            if np.abs(at - place).max() <= NEAR:
                self._thread.take()
                self._keep(shown, self._offers, self._number)
                return
        self._thread.wish(Wish(Prompt.click(*place), keep=True))

    def drag(self, path: list[Place]) -> None:
        """Show the box that is being drawn."""
        self._preview.clear("offer", "conflict")
        self._preview.show("drawn", rectangle(sides_of(path)))

    def draw(self, path: list[Place]) -> None:
        """Keep the cell in a box."""
        self._preview.clear("drawn")
        top, left, bottom, right = sides_of(path)
        if self._plane is not None and bottom - top >= 1 and right - left >= 1:
            prompt = Prompt.drag(top, left, bottom, right)
            self._thread.wish(Wish(prompt, keep=True))

    def next_offer(self) -> None:
        """Show another cell that may be meant; without a preview, change the one kept last."""
        if self._offers:
            self._number = (self._number + 1) % len(self._offers)
            self._show()
            return
        kept = self._kept
        if kept is not None and len(kept.offers) > 1:
            number = (kept.number + 1) % len(kept.offers)
            self._replace(kept, kept.wish, kept.offers, number)

    def _correct(self, place: Place, *, positive: bool) -> None:
        kept = self._kept
        if kept is None:
            self.failed.emit(
                InputError("Click a cell first: Shift and Control correct the one added last.")
            )
            return
        prompt, offer = kept.wish.prompt.pointed(*place, positive), kept.offers[kept.number]
        self._thread.wish(Wish(prompt, keep=True, own=kept.label, corrects=offer))

    def _take(self, wish: Wish, offers: tuple[Offer, ...]) -> None:
        if self._plane is None:
            return
        if not wish.keep:
            self._wish, self._offers, self._number = wish, offers, 0
            self._show()
            return
        kept = self._kept
        if wish.corrects is not None and kept is not None and wish.own == kept.label:
            self._replace(kept, wish, offers, 0)
        else:
            self._keep(wish, offers, 0)

    def _keep(self, wish: Wish, offers: tuple[Offer, ...], number: int) -> None:
        plane = self._plane
        if plane is None:
            return
        offer = offers[number]
        try:
            edit = add_mask(plane.labels, offer.mask, offer.offset, above=plane.above)
            self._change(plane, edit)
        except CellbenchError as error:
            self.failed.emit(error)
            return
        self._kept = _Kept(plane, edit.made[0], wish, offers, number)
        self.forget()

    def _replace(self, kept: _Kept, wish: Wish, offers: tuple[Offer, ...], number: int) -> None:
        offer = offers[number]
        try:
            edit = replace_mask(kept.plane.labels, kept.label, offer.mask, offer.offset)
            self._change(kept.plane, edit)
        except CellbenchError as error:
            self.failed.emit(error)
            return
        self._kept = _Kept(kept.plane, kept.label, wish, offers, number)
        self.forget()

    def _show(self) -> None:
        plane = self._plane
        if plane is None or not self._offers:
            self._preview.clear("offer", "conflict")
            return
        offer = self._offers[self._number]
        taken = offer.mask & (plane.labels[offer.slices] != 0)
        self._preview.show("offer", outline_of(offer.mask & ~taken, offer.offset))
        self._preview.show("conflict", outline_of(taken, offer.offset))
        which = f"{self._number + 1} of {len(self._offers)}" if len(self._offers) > 1 else ""
        text = f"{np.count_nonzero(offer.mask & ~taken):,} px"
        if taken.any():
            text += f", {np.count_nonzero(taken):,} px more are another cell’s and stay so"
        self.said.emit(", ".join(filter(None, (text, which and f"{which} (Tab)"))))
