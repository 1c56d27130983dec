"""One annotated image, whatever data set it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .instances import Instances

if TYPE_CHECKING:
    from .kind import Kind
from .units import PixelSize, known_pixel_size

Role = Literal["nucleus", "whole_cell", "phase", "red", "green", "blue", "other"]
"""What a channel shows: a nuclear stain, a membrane or cytoplasm stain, transmitted light."""

Target = Literal["nucleus", "whole_cell"]
"""What is to be segmented."""

ROLES: tuple[Role, ...] = get_args(Role)
TARGETS: tuple[Target, ...] = get_args(Target)
RGB: tuple[Role, Role, Role] = ("red", "green", "blue")


@dataclass(frozen=True, eq=False)
class Sample:
    """An image with its channels' roles and, where known, its ground truth.

    Attributes
    ----------
    name
        Unique within its data set.
    image : (C, Y, X) array
        Any real dtype; numpy, dask or zarr.
    roles
        What each channel shows, C entries; colour images are ``("red", "green", "blue")``.
    truth
        Ground truth by target.
    group
        Tissue, cell type or modality, for figures by group.
    pixel_size
        Height and width of a pixel, where known; what can't be one is dropped with a note.
    metadata
        Whatever else the data set says.
    kind
        What the image shows, where it was asked; data sets of one published kind need no asking.
    notes
        What was guessed, chosen or left out while reading, in sentences for whoever uses it.

    Raises
    ------
    InputError
        If the number of roles or the shape of the truth does not fit the image.
    """

    name: str
    image: NDArray[Any]
    roles: tuple[Role, ...]
    truth: Mapping[Target, Instances] = field(default_factory=dict)
    group: str = ""
    pixel_size: PixelSize | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    kind: Kind | None = None

    def __post_init__(self) -> None:
        if self.image.ndim != 3:
            raise InputError(f"{self.name}: the image must be (C, Y, X), not {self.image.shape}.")
        if len(self.roles) != self.image.shape[0]:
            raise InputError(
                f"{self.name}: {self.image.shape[0]} channels but {len(self.roles)} roles."
            )
        for target, truth in self.truth.items():
            if truth.shape != self.shape:
                raise InputError(
                    f"{self.name}: the {target} truth is {truth.shape[0]} x {truth.shape[1]} "
                    f"pixels, the image {self.shape[0]} x {self.shape[1]}; they must be equal."
                )
        known = known_pixel_size(self.pixel_size)
        if self.pixel_size is not None and known is None:
            stated = " x ".join(dict.fromkeys(map(str, np.atleast_1d(self.pixel_size))))
            note = f"{self.name}: a pixel can't be {stated} µm wide; its size counts as unknown."
            object.__setattr__(self, "notes", (*self.notes, note))
        object.__setattr__(self, "pixel_size", known)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return int(self.image.shape[1]), int(self.image.shape[2])

    @property
    def crowds(self) -> Instances | None:
        """Regions where predictions don't count, from ``metadata["crowds"]``; None without."""
        masks = self.metadata.get("crowds")
        return Instances.from_masks(masks, self.shape) if masks else None

    def channel(self, role: Role) -> NDArray[Any]:
        """Return the first channel of a role, (Y, X).

        Raises
        ------
        InputError
            If the sample has no such channel.
        """
        if role not in self.roles:
            have = ", ".join(self.roles)
            raise InputError(f"{self.name} has no {role} channel; it has {have}.")
        return np.asarray(self.image[self.roles.index(role)])
