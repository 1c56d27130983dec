"""What a network expects of its input; kept in the metadata of this package's checkpoints."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from ...data import Role
from ...data.sample import ROLES
from ...errors import CheckpointError
from ..shared.preprocessing import PREPROCESSINGS, WINDOW, Preprocessing
from .architectures import Architecture

LARGEST_SCALE, LARGEST_WINDOW = 16.0, 2**12
"""Of what a checkpoint may ask for: more would fill the memory with the first image."""


@dataclass(frozen=True)
class InputSettings:
    """How images are prepared for a network, and how it was built.

    Attributes
    ----------
    mean, std
        By channel of the network, of intensities 0..255.
    roles
        What the channels showed in training; empty where unknown. One role for three channels:
        a grey image, three times.
    preprocessing, scale, window
        As in training; the window's side in pixels of the image.
    for_cells
        As in `build_network`.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]
    roles: tuple[Role, ...] = ()
    preprocessing: Preprocessing = "percentiles + CLAHE"
    scale: float = 1.0
    window: int = WINDOW
    for_cells: bool = False

    @classmethod
    def of_seggal(cls, architecture: Architecture, channels: int) -> InputSettings:
        """Return what SegGal's checkpoints of an architecture were trained with."""
        mean, std = architecture.mean[:channels], architecture.std[:channels]
        return cls(mean, std, scale=architecture.scale)

    def to_json(self) -> str:
        """Return the text to keep in a checkpoint."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> InputSettings:
        """Read the text of a checkpoint.

        Raises
        ------
        CheckpointError
            If it is damaged.
        """
        try:
            values = json.loads(text)
            for name in ("mean", "std", "roles"):
                values[name] = tuple(values[name])
            settings = cls(**values)
            numbers = (*settings.mean, *settings.std, settings.scale, settings.window)
            is_whole = (
                1 <= len(settings.mean) == len(settings.std) <= 3
                and all(isinstance(number, (int, float)) for number in numbers)
                and min(*settings.std, settings.scale, settings.window) > 0
                and settings.scale <= LARGEST_SCALE
                and settings.window <= LARGEST_WINDOW
                and settings.preprocessing in PREPROCESSINGS
                and set(settings.roles) <= set(ROLES)
            )
        except (TypeError, ValueError, KeyError, OverflowError, RecursionError):
            is_whole = False
        if not is_whole:
            raise CheckpointError("The checkpoint's settings of its input are damaged.")
        return settings
