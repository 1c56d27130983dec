"""What a network of DeepCell expects of its input; kept in this package's checkpoints."""

from __future__ import annotations

from dataclasses import dataclass

from ...data import Role
from ...data.sample import ROLES
from ..shared.channels import DUAL
from ..shared.kept_settings import KeptSettings
from ..shared.preprocessing import PREPROCESSINGS, WINDOW, Preprocessing

LARGEST_WINDOW = 2**12
"""Of what a checkpoint may ask for: more would fill the memory with the first image."""


@dataclass(frozen=True)
class InputSettings(KeptSettings):
    """How images are prepared for a network.

    Attributes
    ----------
    roles
        What the channels showed in training; empty where unknown.
    preprocessing
        As in training; None where unknown.
    window
        Side in pixels of the images that it was trained on.
    """

    roles: tuple[Role, ...] = ()
    preprocessing: Preprocessing | None = None
    window: int = WINDOW

    @classmethod
    def of_keras(cls, channels: int) -> InputSettings:
        """Return what is known of a file of Keras weights, which says nothing of its input."""
        return cls(DUAL if channels == 2 else ())

    def how(self, asked: str, role: Role) -> Preprocessing:
        """Return how an image is prepared.

        Parameters
        ----------
        asked
            By the user; "checkpoint" leaves it to the checkpoint.
        role
            What the first channel shows: of SegGal's checkpoints those for phase contrast
            were trained on images between their minimum and maximum, all others as Mesmer.
        """
        if asked != "checkpoint":
            return next(how for how in PREPROCESSINGS if how == asked)
        return self.preprocessing or ("minimum and maximum" if role == "phase" else "as Mesmer")

    def _is_whole(self) -> bool:
        return (
            set(self.roles) <= set(ROLES)
            and self.preprocessing in (*PREPROCESSINGS, None)
            and type(self.window) is int
            and 0 < self.window <= LARGEST_WINDOW
        )
