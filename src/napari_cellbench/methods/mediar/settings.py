"""What a network of MEDIAR expects of its input; kept in this package's checkpoints."""

from __future__ import annotations

from dataclasses import dataclass

from ...data import Role
from ...data.sample import ROLES
from ..shared.kept_settings import KeptSettings

WINDOW = 512
"""Side in pixels of the windows that the published networks saw."""
LARGEST_WINDOW = 2**12
"""Of what a checkpoint may ask for: more would fill the memory with the first image."""
WIDEST_EDGE = 20
"""Pixels that training may have left out at the cells' edges."""


@dataclass(frozen=True)
class InputSettings(KeptSettings):
    """How images are shown to a network, and what it was taught of them.

    Attributes
    ----------
    roles
        What the channels showed in training; empty where unknown.
    window
        Side in pixels of the images that it was trained on.
    edge
        Pixels that were left out at the edges of the cells in training.
    """

    roles: tuple[Role, ...] = ()
    window: int = WINDOW
    edge: int = 0

    def _is_whole(self) -> bool:
        return (
            set(self.roles) <= set(ROLES)
            and type(self.window) is int
            and 0 < self.window <= LARGEST_WINDOW
            and type(self.edge) is int
            and 0 <= self.edge <= WIDEST_EDGE
        )
