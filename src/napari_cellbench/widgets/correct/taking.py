"""Taking cells over from another result: hovering shows what would come, a click brings it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from ...corrections.edit import Edit
from ...corrections.lookup import box_of, distinct, elsewhere, region_of
from ...corrections.tools import take_over
from ...data.instances import as_labels
from ...errors import CellbenchError, InputError
from ..layers.placement import check_together
from ..layers.source import current_index, full_resolution
from .plane import LabelsPlane, Place, pixel_of, sides_of
from .preview import Preview, outline_of, rectangle
from .take_box import TakeBox
from .tools import box_of_path


class Taking(QObject):
    """What the mouse does with the tool.

    Parameters
    ----------
    viewer
        napari's viewer.
    box
        Says from where.
    preview
        Shows outlines.
    change
        Takes a plane and an `Edit`: makes the change.

    Signals
    -------
    said(text)
        What would come, or why nothing does.
    """

    said = Signal(str)

    def __init__(
        self,
        viewer: Any,
        box: TakeBox,
        preview: Preview,
        change: Callable[[LabelsPlane, Edit], None],
    ) -> None:
        super().__init__()
        self._viewer, self._box, self._preview, self._change = viewer, box, preview, change
        self._plane: LabelsPlane | None = None
        self._shown = 0
        self._read: tuple[Any, ...] = ()
        box.source.chosen.connect(self._forget)

    def turn_to(self, plane: LabelsPlane | None) -> None:
        """Take cells over into a plane from now on; None for none."""
        self._plane, self._read = plane, ()
        self._box.show_for(None if plane is None else plane.layer)
        self._forget()

    def hover(self, place: Place) -> None:
        """Show the cell of the other result that a click here would bring."""
        plane = self._plane
        if plane is None:
            return
        try:
            other = self._other(plane)
            cell = _cell_at(other, plane, place)
            if cell == self._shown:
                return
            self._forget()
            self._shown = cell
            if cell:
                self._show(plane, other, cell)
        except CellbenchError as error:
            self.said.emit(str(error))

    def click(self, place: Place, _modifiers: frozenset[str]) -> None:
        """Bring the cell that lies there in."""
        plane = self._plane
        if plane is None:
            return
        try:
            other = self._other(plane)
            cell = _cell_at(other, plane, place)
            if not cell:
                raise InputError("The other result has no cell here.")
            self._bring(plane, other, [cell])
        except CellbenchError as error:
            self.said.emit(str(error))

    def drag(self, path: list[Place]) -> None:
        """Show the box that is being drawn."""
        self._preview.show("drawn", rectangle(sides_of(path)))

    def draw(self, path: list[Place]) -> None:
        """Bring all cells in that lie wholly in a box."""
        plane = self._plane
        if plane is None:
            return
        try:
            other, box = self._other(plane), box_of_path(path, plane.shape)
            cells = distinct(other[region_of(box)])
            cells = sorted(set(cells) - elsewhere(other, box, cells))
            if not cells:
                raise InputError("No cell of the other result lies wholly in this box.")
            self._bring(plane, other, cells)
        except CellbenchError as error:
            self.said.emit(str(error))

    def _bring(self, plane: LabelsPlane, other: NDArray[Any], cells: list[int]) -> None:
        self._change(plane, take_over(plane.labels, other, cells, above=plane.above))
        self._forget()

    def _show(self, plane: LabelsPlane, other: NDArray[Any], cell: int) -> None:
        box = box_of(other, cell)
        mask = other[region_of(box)] == cell
        self._preview.show("offer", outline_of(mask, box[:2]))
        edit = take_over(plane.labels, other, cell, above=plane.above)
        lost = (edit.before != 0) & (edit.before != edit.after)
        self._preview.show("conflict", outline_of(lost, edit.box[:2]))
        n = len(distinct(plane.labels[region_of(box)][mask]))
        over = f", over {n} cell{'s' * (n > 1)} that {'are' if n > 1 else 'is'} here" if n else ""
        self.said.emit(f"{np.count_nonzero(mask):,} px{over}")

    def _forget(self, *_: object) -> None:
        self._shown = 0
        self._preview.clear("offer", "conflict")

    def _other(self, plane: LabelsPlane) -> NDArray[Any]:
        """Return the plane of the other result.

        Raises
        ------
        InputError
            If none is chosen, or it lies elsewhere.
        """
        layer = self._box.source.layer()
        if layer is None:
            raise InputError("Choose below from which result cells are to come.")
        if layer is plane.layer:
            raise InputError("This is the layer that is corrected: choose another one below.")
        data, index = full_resolution(layer), current_index(layer, self._viewer.dims.point)
        if data.shape[-2:] != plane.shape:
            raise InputError(f"{layer.name} and {plane.layer.name} differ in size.")
        check_together(layer, plane.layer, plane.shape)
        if isinstance(data, np.ndarray):
            return as_labels(data[index])
        if self._read[:2] != (layer, index):
            # Read from a file: once, not at each move of the mouse.
            self._read = layer, index, as_labels(np.asarray(data[index]))
        found: NDArray[Any] = self._read[2]
        return found


def _cell_at(other: NDArray[Any], plane: LabelsPlane, place: Place) -> int:
    return int(other[pixel_of(place)]) if plane.holds(place) else 0
