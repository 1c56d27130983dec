"""What a network of DeepCell expects of its input; kept in this package's checkpoints."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from ...data import Role
from ...data.sample import ROLES
from ...errors import CheckpointError
from ..shared.channels import DUAL
from ..shared.preprocessing import PREPROCESSINGS, WINDOW, Preprocessing

LARGEST_WINDOW = 2**12
"""Of what a checkpoint may ask for: more would fill the memory with the first image."""


@dataclass(frozen=True)
class InputSettings:
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
            settings = cls(**{**values, "roles": tuple(values["roles"])})
            is_whole = (
                set(settings.roles) <= set(ROLES)
                and settings.preprocessing in (*PREPROCESSINGS, None)
                and type(settings.window) is int
                and 0 < settings.window <= LARGEST_WINDOW
            )
        except (TypeError, ValueError, KeyError, RecursionError):
            is_whole = False
        if not is_whole:
            raise CheckpointError("The checkpoint's settings of its input are damaged.")
        return settings
