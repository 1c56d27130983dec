"""The plane of labels that is being corrected, and how a layer takes an edit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...corrections.edit import Edit
from ...errors import InputError
from ..layers.source import current_index, spatial_shape

Place = tuple[float, float]
"""Row and column; whole numbers are the centres of pixels, as in napari."""
HALF = 0.5
"""From a pixel's centre to its sides."""


def pixel_of(place: Place) -> tuple[int, int]:
    """Return the pixel in which a place lies."""
    return math.floor(place[0] + HALF), math.floor(place[1] + HALF)


def sides_of(path: Sequence[Place]) -> tuple[float, float, float, float]:
    """Return the box from the first to the last place of a stroke: top, left, bottom, right.

    They count from the first pixel's sides on, as outlines on the canvas and prompts do.
    """
    (top, bottom), (left, right) = (sorted(ends) for ends in zip(path[0], path[-1], strict=True))
    return top + HALF, left + HALF, bottom + HALF, right + HALF


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

    def place(self, world: Any) -> Place:
        """Return where a point of the viewer lies, in rows and columns as napari has them.

        Whole numbers are the centres of pixels.
        """
        data = self.layer.world_to_data(np.asarray(world)[-self.layer.ndim :])
        return float(data[-2]), float(data[-1])

    def label_at(self, place: Place) -> int:
        """Return the cell at a place; 0 for none."""
        row, column = pixel_of(place)
        return int(self.labels[row, column]) if self.holds(place) else 0

    def holds(self, place: Place) -> bool:
        """Return whether a place lies in the plane."""
        row, column = pixel_of(place)
        rows, columns = self.shape
        return 0 <= row < rows and 0 <= column < columns

    def apply(self, edit: Edit) -> None:
        """Change the layer, as one step of its undo.

        Raises
        ------
        Outdated, InputError
            See `Edit.check`.
        """
        edit.check(self.labels)
        rows, columns = edit.pixels
        at = tuple(np.full(len(rows), index) for index in self.leading)
        self.layer.data_setitem((*at, rows, columns), edit.values)
