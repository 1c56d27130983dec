"""What a person does on the plane in hand: clicks, strokes and buttons become edits."""

from __future__ import annotations

from typing import Any

import numpy as np
from qtpy.QtCore import QObject, Signal

from ...corrections.edit import Edit
from ...errors import CellbenchError
from .plane import HALF, LabelsPlane, sides_of
from .pointing import Pointing
from .preview import Preview, rectangle
from .prompt_thread import PromptThread
from .reviewing import Reviewing
from .tools import ON_ALL, ON_CHOSEN, Strokes


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

    Signals
    -------
    said(text)
        What was done, or why not, or what is under the pointer.
    chosen(cell)
        Another cell is chosen; 0 for none.
    """

    said = Signal(str)
    chosen = Signal(int)

    def __init__(self, prompts: PromptThread, preview: Preview, reviewing: Reviewing) -> None:
        super().__init__()
        self.preview, self.reviewing = preview, reviewing
        self.pointing = Pointing(prompts, preview, self.change)
        self.pointing.said.connect(self.said)
        self.pointing.failed.connect(self.refuse)
        self.strokes = Strokes()
        self.plane: LabelsPlane | None = None
        self.tool = ""

    def turn_to(self, plane: LabelsPlane | None, tool: str, *, asks: bool = False) -> None:
        """Work on a plane with a tool from now on; None for none."""
        self.plane, self.tool = plane, tool
        self.strokes.forget()
        self.pointing.turn_to(plane if asks else None)

    def hover(self, world: Any) -> None:
        """Take note of where the pointer is, in world coordinates."""
        if self.plane is not None and self.tool == "point":
            self.pointing.hover(self.plane.place(world))

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
        if tool == "point":
            self.pointing.click(place, modifiers)
            return
        try:
            if tool == "choose":
                self.choose(plane.label_at(place))
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
        if tool == "point":
            self.pointing.drag(places)
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
        if tool == "point":
            self.pointing.draw(places)
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

    def change(self, plane: LabelsPlane, edit: Edit) -> None:
        """Change a plane, as one step of its layer's undo."""
        plane.apply(edit)
        self.reviewing.note(plane, edit)
        made = edit.made[-1:] or tuple(set(edit.changed_ids) - set(edit.gone))[:1]
        if made:
            self.choose(int(made[0]))
        elif self.chosen_cell() in edit.gone:
            self.choose(0)
        self.said.emit(f"{edit.what}. Ctrl+Z takes it back.")

    def choose(self, cell: int) -> None:
        """Choose a cell for what is done to one; 0 for none."""
        if self.plane is not None and cell:
            self.plane.layer.selected_label = cell
        self.chosen.emit(self.chosen_cell() if cell else 0)

    def chosen_cell(self) -> int:
        """Return the chosen cell; 0 where it isn't in the plane."""
        plane = self.plane
        cell = int(plane.layer.selected_label) if plane is not None else 0
        there = plane is not None and cell > 0 and bool((plane.labels == cell).any())
        return cell if there else 0

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
