"""The tools of the Correct panel: what a click and a stroke do to the cells of a plane."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from ...corrections.edit import Edit
from ...corrections.tools import (
    add_outline,
    delete,
    delete_at_edge,
    delete_by_area,
    delete_in_box,
    fill_holes,
    grow,
    keep_largest,
    merge,
    merge_along,
    renumber,
    replace_outline,
    smooth,
    split_line,
    split_seeds,
)
from ...errors import InputError
from .plane import LabelsPlane, Place, sides_of


@dataclass(frozen=True)
class Tool:
    """A tool that is switched on.

    Attributes
    ----------
    key
        Its name.
    title
        On its button.
    letter
        That switches it on, with Shift.
    tip
        What a click and a stroke do.
    asks
        Whether it asks a network what is under the pointer.
    """

    key: str
    title: str
    letter: str
    tip: str
    asks: bool = False


TOOLS = (
    Tool(
        "point",
        "Point",
        "A",
        "Click a cell to add it, or drag a box around it. Ctrl-click adds to the last one, "
        "Shift-click takes away, Tab shows another guess.",
        asks=True,
    ),
    Tool(
        "outline",
        "Outline",
        "O",
        "Draw around a cell to add it; it closes itself. With Shift it replaces the chosen cell.",
    ),
    Tool("delete", "Delete", "D", "Click a cell to delete it, or drag a box around several."),
    Tool("merge", "Merge", "J", "Click two cells, or draw a line across some, to join them."),
    Tool(
        "split",
        "Split",
        "C",
        "Draw a line across a cell, or click once in each of the two cells that it should be.",
    ),
    Tool(
        "choose",
        "Choose",
        "Q",
        "Click a cell to choose it for what stands below; Shift-click chooses several.",
    ),
    Tool(
        "take",
        "Take over",
        "T",
        "Click a cell of another result to take it over, or drag a box around several.",
    ),
    Tool("count", "Count", "N", "Click each cell; Shift-click removes the nearest point."),
)
BY_KEY = {tool.key: tool for tool in TOOLS}


class Strokes:
    """Turns clicks and strokes of all tools but those that ask into edits."""

    def __init__(self) -> None:
        self._first: tuple[str, int, Place] | None = None

    def forget(self) -> None:
        """Begin anew: another tool, or another plane."""
        self._first = None

    @property
    def awaits(self) -> str:
        """What the next click does, where there was a first one; else nothing."""
        if self._first is None:
            return ""
        tool, cell, _ = self._first
        if tool == "merge":
            return f"Click the cell that is to be joined with cell {cell}."
        return f"Click in the other half of cell {cell}."

    def click(self, tool: str, plane: LabelsPlane, place: Place) -> Edit | None:
        """Return what a click changes; None where another one has to follow.

        Raises
        ------
        InputError
            If there is nothing to change.
        """
        cell = plane.label_at(place)
        if not cell:
            self._first = None
            raise InputError("There is no cell here.")
        if tool == "delete":
            return delete(plane.labels, cell)
        first, self._first = self._first, None
        if first is None or first[0] != tool or (tool == "split") != (first[1] == cell):
            self._first = tool, cell, place
            return None
        if tool == "merge":
            return merge(plane.labels, (first[1], cell))
        return split_seeds(plane.labels, [first[2], place], above=plane.above)

    def draw(
        self, tool: str, plane: LabelsPlane, path: list[Place], chosen: int, *, replaces: bool
    ) -> Edit:
        """Return what a stroke changes.

        Parameters
        ----------
        tool
            Key.
        plane
            Where.
        path
            The stroke.
        chosen
            The chosen cell; 0 for none.
        replaces
            Whether an outline is the chosen cell's new one.

        Raises
        ------
        InputError
            If there is nothing to change.
        """
        self._first = None
        labels = plane.labels
        if tool == "outline":
            if replaces and chosen:
                return replace_outline(labels, chosen, path)
            return add_outline(labels, path, above=plane.above)
        if tool == "delete":
            return delete_in_box(labels, box_of_path(path, plane.shape))
        if tool == "merge":
            return merge_along(labels, path)
        if tool == "split":
            return split_line(labels, path, above=plane.above)
        raise InputError("Click a cell.")


def box_of_path(path: list[Place], shape: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return the pixels from the first to the last place: top, left, and behind bottom, right."""
    top, left, bottom, right = map(math.floor, sides_of(path))
    return max(0, top), max(0, left), min(shape[0], bottom + 1), min(shape[1], right + 1)


OneCell = Callable[[LabelsPlane, int], Edit]
ON_CHOSEN: dict[str, tuple[str, OneCell]] = {
    "Fill holes": (
        "Fill the background that the chosen cell encloses",
        lambda plane, cell: fill_holes(plane.labels, cell),
    ),
    "Smooth": (
        "Smooth the chosen cell’s outline; its area stays",
        lambda plane, cell: smooth(plane.labels, cell),
    ),
    "Largest piece": (
        "Keep the largest piece of the chosen cell",
        lambda plane, cell: keep_largest(plane.labels, cell),
    ),
    "Grow": (
        "Grow the chosen cell by a pixel; others stop it",
        lambda plane, cell: grow(plane.labels, cell, 1),
    ),
    "Shrink": (
        "Shrink the chosen cell by a pixel",
        lambda plane, cell: grow(plane.labels, cell, -1),
    ),
}
"""Titles, tips, and what they do to one cell."""
ON_ALL: dict[str, tuple[str, Callable[[LabelsPlane, float], Edit]]] = {
    "Delete at edge": (
        "Delete all cells that touch the image’s edge",
        lambda plane, _: delete_at_edge(plane.labels),
    ),
    "Delete smaller": (
        "Delete all cells smaller than the area beside",
        lambda plane, area: delete_by_area(plane.labels, smallest=area),
    ),
    "Renumber": (
        "Give the cells of this plane the numbers from 1 on without gaps",
        lambda plane, _: renumber(plane.labels),
    ),
}
"""Titles, tips, and what they do to a plane, with an area in pixels."""
