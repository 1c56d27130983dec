"""What a network sees of the cells: the image that is chosen, and the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...data.kind import Kind
from ...data.source import Source
from ...engine import Entry, Setup
from ...errors import InputError
from ..layers.source import Input, current_index
from .plane import LabelsPlane

if TYPE_CHECKING:
    from .form import CorrectForm

METHOD = "segment_anything"
"""The method that is asked."""


@dataclass(frozen=True, eq=False)
class Sight:
    """What the panel's boxes say.

    Attributes
    ----------
    of
        The image layers.
    entry
        The model.
    kind
        What the image shows; None where that isn't known.
    point
        The viewer's position, in world coordinates.
    """

    of: Input
    entry: Entry
    kind: Kind | None
    point: tuple[float, ...]

    @classmethod
    def chosen(cls, form: CorrectForm, point: tuple[float, ...]) -> Sight:
        """Return what is chosen now.

        Raises
        ------
        InputError
            If that is no image.
        """
        images = form.images.layers()
        if not images:
            raise InputError("Choose the image that shows the cells, below.")
        checkpoint = form.model.checkpoint()
        entry = Entry(METHOD, checkpoint.key if checkpoint is not None else None)
        return cls(Input(images), entry, form.images.looks.kind(), point)

    def setup(self) -> Setup:
        """Return the network.

        Raises
        ------
        InputError, CheckpointError
            See `Setup.of`.
        """
        return Setup.of(self.entry, self.of.roles, self.kind)

    def index(self, plane: LabelsPlane) -> tuple[int, ...]:
        """Return which plane of the image lies on a plane of labels.

        Raises
        ------
        InputError
            If they differ in size.
        """
        if self.of.shape[-2:] != plane.shape:
            raise InputError("The image and the labels differ in size.")
        point = np.array(self.point, np.float64)
        if n := len(plane.leading):
            world = plane.layer.data_to_world((*plane.leading, 0, 0))
            point[-n - 2 : -2] = world[:-2]
        return current_index(self.of.first, tuple(point))

    def source(self, plane: LabelsPlane) -> Source:
        """Return the image of a plane of labels; see `index`."""
        return self.of.source(self.index(plane))
