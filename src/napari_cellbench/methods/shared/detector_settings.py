"""What a detector expects of its input; kept in the metadata of this package's checkpoints."""

from __future__ import annotations

from dataclasses import dataclass

from ...data import Role
from ...data.sample import ROLES
from .kept_settings import KeptSettings
from .preprocessing import PREPROCESSINGS, WINDOW, Preprocessing

LARGEST_SCALE, LARGEST_WINDOW = 16.0, 2**12
"""Of what a checkpoint may ask for: more would fill the memory with the first image."""


@dataclass(frozen=True)
class DetectorSettings(KeptSettings):
    """How images are prepared for a network.

    Attributes
    ----------
    mean, std
        By channel of the network, of intensities 0..255.
    roles
        What the channels showed in training; empty where unknown. One role for three channels:
        a grey image, three times.
    preprocessing, scale, window
        As in training, the preprocessing None where unknown; the window's side in pixels of the
        image.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]
    roles: tuple[Role, ...] = ()
    preprocessing: Preprocessing | None = None
    scale: float = 1.0
    window: int = WINDOW

    def _is_whole(self) -> bool:
        numbers = (*self.mean, *self.std, self.scale, self.window)
        return (
            1 <= len(self.mean) == len(self.std) <= 3
            and all(isinstance(number, (int, float)) for number in numbers)
            and min(*self.std, self.scale, self.window) > 0
            and self.scale <= LARGEST_SCALE
            and self.window <= LARGEST_WINDOW
            # Where it may be unknown, that is the default.
            and self.preprocessing in (*PREPROCESSINGS, type(self).preprocessing)
            and set(self.roles) <= set(ROLES)
        )
