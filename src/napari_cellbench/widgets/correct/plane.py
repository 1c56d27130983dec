"""The plane of labels that is being corrected, and how a layer takes an edit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...corrections.edit import Edit, Outdated
from ...errors import InputError
from ..layers.source import current_index, spatial_shape


@dataclass(frozen=True, eq=False)
class LabelsPlane:
    """A plane of a labels layer.

    Attributes
    ----------
    layer
        The layer; its data are a numpy array.
    leading
        Index of the plane: depth, time.
    """

    layer: Any
    leading: tuple[int, ...]

    @classmethod
    def shown(cls, viewer: Any, layer: Any) -> LabelsPlane:
        """Return the plane that the viewer shows.

        Raises
        ------
        InputError
            If the viewer shows it in 3-D or from the side, or the layer can't be edited.
        """
        dims = viewer.dims
        if dims.ndisplay != 2:
            raise InputError("Cells are corrected in a plane: switch the viewer to 2-D.")
        if tuple(dims.displayed) != (dims.ndim - 2, dims.ndim - 1):
            raise InputError("Turn the viewer so that it shows rows and columns of the layer.")
        if layer.multiscale or not isinstance(layer.data, np.ndarray):
            raise InputError(
                f"{layer.name} is read from a file piece by piece: make a copy in memory first "
                "(right-click the layer, Duplicate)."
            )
        return cls(layer, current_index(layer, dims.point))

    @property
    def labels(self) -> NDArray[Any]:
        """The plane, (Y, X); a view, which edits change."""
        plane: NDArray[Any] = self.layer.data[self.leading]
        return plane

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = spatial_shape(self.layer)[-2:]
        return int(rows), int(columns)

    @property
    def above(self) -> int:
        """The greatest label of the layer: new cells get greater ones in a stack."""
        return int(self.layer.data.max(initial=0)) if self.leading else 0

    def place(self, world: Any) -> tuple[float, float]:
        """Return where a point of the viewer lies: the first pixel reaches from 0 to 1."""
        data = self.layer.world_to_data(np.asarray(world)[-self.layer.ndim :])
        return float(data[-2]) + 0.5, float(data[-1]) + 0.5

    def label_at(self, place: tuple[float, float]) -> int:
        """Return the cell at a place; 0 for none."""
        row, column = int(np.floor(place[0])), int(np.floor(place[1]))
        rows, columns = self.shape
        if not (0 <= row < rows and 0 <= column < columns):
            return 0
        return int(self.labels[row, column])

    def apply(self, edit: Edit) -> None:
        """Change the layer, as one step of its undo.

        Raises
        ------
        Outdated
            If the cells there have changed since the edit was made.
        """
        if not edit.fits(self.labels):
            raise Outdated(f"{edit.what}: the cells there have changed meanwhile. Do it again.")
        rows, columns = edit.pixels
        at = tuple(np.full(len(rows), index) for index in self.leading)
        self.layer.data_setitem((*at, rows, columns), edit.values)
