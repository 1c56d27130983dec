"""What a person does on the plane in hand: clicks, strokes and buttons become edits."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from qtpy.QtCore import QObject, Signal

from ...corrections.edit import Edit
from ...errors import CellbenchError
from .plane import HALF, LabelsPlane, Place, sides_of
from .pointing import Pointing
from .preview import Preview, rectangle
from .prompt_thread import PromptThread
from .reviewing import Reviewing
from .tools import ON_ALL, ON_CHOSEN, Strokes


class Hand(Protocol):
    """What the mouse does with a tool that shows what a click would do, or makes no edits."""

    def turn_to(self, plane: LabelsPlane | None) -> None:
        """Work on a plane from now on; None for none."""

    def hover(self, place: Place) -> None:
        """Take note of where the pointer is."""

    def click(self, place: Place, modifiers: frozenset[str]) -> None:
        """Do what a click does."""

    def drag(self, path: list[Place]) -> None:
        """Show what is being drawn."""

    def draw(self, path: list[Place]) -> None:
        """Do what a stroke does."""


class AtWork(QObject):
    """The plane in hand and the tool that is on.

    Parameters
    ----------
    prompts
        Asks the network.
    preview
        Shows outlines.
    reviewing
        Takes note of edits.

    Attributes
    ----------
    hands
        Those of the tools that have one, by the tools' keys.

    Signals
    -------
    said(text)
        What was done, or why not, or what is under the pointer.
    chosen(cells)
        A list: other cells are chosen.
    """

    said = Signal(str)
    chosen = Signal(list)

    def __init__(self, prompts: PromptThread, preview: Preview, reviewing: Reviewing) -> None:
        super().__init__()
        self.preview, self.reviewing = preview, reviewing
        self.pointing = Pointing(prompts, preview, self.change)
        self.pointing.said.connect(self.said)
        self.pointing.failed.connect(self.refuse)
        self.strokes = Strokes()
        self.hands: dict[str, Hand] = {"point": self.pointing}
        self.plane: LabelsPlane | None = None
        self.tool = ""
        self._further: tuple[int, ...] = ()

    def turn_to(self, plane: LabelsPlane | None, tool: str, *, asks: bool = False) -> None:
        """Work on a plane with a tool from now on; None for none."""
        self.plane, self.tool = plane, tool
        self.strokes.forget()
        for key, hand in self.hands.items():
            is_ready = key == tool and (asks or key != "point")
            hand.turn_to(plane if is_ready else None)

    def hover(self, world: Any) -> None:
        """Take note of where the pointer is, in world coordinates."""
        hand = self.hands.get(self.tool)
        if self.plane is not None and hand is not None:
            hand.hover(self.plane.place(world))

    def mark(self, world: Any) -> None:
        """Show where keys moved the pointer to; None for nowhere."""
        if world is None or self.plane is None:
            self.preview.clear("pointer")
            return
        y, x = self.plane.place(world)
        self.preview.mark((y + HALF, x + HALF))

    def click(self, world: Any, modifiers: frozenset[str]) -> None:
        """Do what a click does with the tool that is on."""
        plane, tool = self.plane, self.tool
        if plane is None:
            return
        place = plane.place(world)
        if (hand := self.hands.get(tool)) is not None:
            hand.click(place, modifiers)
            return
        try:
            if tool == "choose":
                self.choose(plane.label_at(place), adds="Shift" in modifiers)
                return
            edit = self.strokes.click(tool, plane, place)
            if edit is not None:
                self.change(plane, edit)
            else:
                self.said.emit(self.strokes.awaits)
        except CellbenchError as error:
            self.refuse(error)

    def drawing(self, path: list[Any]) -> None:
        """Show what is being drawn."""
        plane, tool = self.plane, self.tool
        if plane is None:
            return
        places = [plane.place(world) for world in path]
        if (hand := self.hands.get(tool)) is not None:
            hand.drag(places)
        elif tool == "delete":
            self.preview.show("drawn", rectangle(sides_of(places)))
        elif tool != "choose":
            line = np.array([*places, places[0]] if tool == "outline" else places) + HALF
            self.preview.show("drawn", np.repeat(line, 2, 0)[1:-1])

    def drawn(self, path: list[Any], modifiers: frozenset[str]) -> None:
        """Do what a stroke does with the tool that is on."""
        plane, tool = self.plane, self.tool
        self.preview.clear("drawn")
        if plane is None:
            return
        places = [plane.place(world) for world in path]
        if (hand := self.hands.get(tool)) is not None:
            hand.draw(places)
            return
        try:
            replaces = "Shift" in modifiers
            edit = self.strokes.draw(tool, plane, places, self.chosen_cell(), replaces=replaces)
            self.change(plane, edit)
        except CellbenchError as error:
            self.refuse(error)

    def do(self, title: str, plane: LabelsPlane, area: float) -> None:
        """Do what a button says to the chosen cell, or to all of a plane."""
        try:
            if title in ON_CHOSEN:
                edit = ON_CHOSEN[title][1](plane, self.chosen_cell())
            else:
                edit = ON_ALL[title][1](plane, area)
            self.change(plane, edit)
        except CellbenchError as error:
            self.refuse(error)

    def change(self, plane: LabelsPlane, edit: Edit, *, chooses: bool = True) -> None:
        """Change a plane, as one step of its layer's undo.

        Parameters
        ----------
        plane
            Shown or not.
        edit
            Of it.
        chooses
            Whether a cell that it makes or changes is the chosen one from now on.
        """
        plane.apply(edit)
        self.reviewing.note(plane, edit)
        self.said.emit(f"{edit.what}. Ctrl+Z takes it back.")
        if not chooses:
            return
        made = edit.made[-1:] or tuple(set(edit.changed_ids) - set(edit.gone))[:1]
        if made:
            self.choose(int(made[0]))
        elif self.chosen_cell() in edit.gone:
            self.choose(0)

    def choose(self, cell: int, *, adds: bool = False) -> None:
        """Choose a cell for what is done to one; 0 for none.

        Parameters
        ----------
        cell
            Its id.
        adds
            Whether those that were chosen before stay so; one of them is chosen no longer then.
        """
        plane = self.plane
        before = self.chosen_cells(plane) if plane is not None and adds else ()
        self._further = tuple(one for one in before if one != cell)
        if plane is not None and cell in before:
            cell, self._further = (self._further or (0,))[0], self._further[1:]
        if plane is not None and cell:
            plane.layer.selected_label = cell
        self.chosen.emit(self.chosen_cells(plane) if plane is not None and cell else [])

    def chosen_cells(self, plane: LabelsPlane) -> list[int]:
        """Return the chosen cells that a plane has, the one that was chosen last first."""
        cells = dict.fromkeys((int(plane.layer.selected_label), *self._further))
        return [cell for cell in cells if cell > 0 and bool((plane.labels == cell).any())]

    def chosen_cell(self) -> int:
        """Return the chosen cell; 0 where it isn't in the plane."""
        plane = self.plane
        cell = int(plane.layer.selected_label) if plane is not None else 0
        return cell if plane is not None and cell in self.chosen_cells(plane) else 0

    def next_offer(self) -> bool:
        """Show another guess of the network; return whether there is anything to show."""
        if self.plane is None or self.tool != "point":
            return False
        self.pointing.next_offer()
        return True

    def take_back(self) -> bool:
        """Take the last step back; return whether there is a layer in hand."""
        if self.plane is None:
            return False
        if not self.reviewing.take_back():
            self.plane.layer.undo()
            self.reviewing.catch_up()
        self.pointing.forget()
        self.strokes.forget()
        self.said.emit("Taken back.")
        return True

    def refuse(self, error: CellbenchError) -> None:
        """Say why nothing was changed."""
        self.said.emit(str(error))
