"""What a network of MEDIAR expects of its input; kept in this package's checkpoints."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from ...data import Role
from ...data.sample import ROLES
from ...errors import CheckpointError

WINDOW = 512
"""Side in pixels of the windows that the published networks saw."""
LARGEST_WINDOW = 2**12
"""Of what a checkpoint may ask for: more would fill the memory with the first image."""
WIDEST_EDGE = 20
"""Pixels that training may have left out at the cells' edges."""


@dataclass(frozen=True)
class InputSettings:
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
                and type(settings.window) is int
                and 0 < settings.window <= LARGEST_WINDOW
                and type(settings.edge) is int
                and 0 <= settings.edge <= WIDEST_EDGE
            )
        except (TypeError, ValueError, KeyError, RecursionError):
            is_whole = False
        if not is_whole:
            raise CheckpointError("The checkpoint's settings of its input are damaged.")
        return settings
