"""From an image to the three channels that the winners' networks see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data import Role, Sample, Target
from ...data.sample import RGB
from ...data.statistics import Statistics
from ...errors import CheckpointError
from ..deepcell.settings import InputSettings
from ..shared.channels import choose_channels, roles_to_learn
from ..shared.patches import seen_by
from ..shared.preprocessing import prepare

CHANNELS = 3
"""Of every winner's network: a grey image is shown three times."""


def original_settings(window: int) -> InputSettings:
    """Return how a winner's own file takes images: 8 bits as they are, grey or in colour."""
    return InputSettings((), "none", window)


def fresh_settings(samples: Sequence[Sample], target: Target, window: int) -> InputSettings:
    """Return how images are prepared for a network that is new to them."""
    roles = roles_to_learn(samples, target)
    return InputSettings(roles if roles == RGB else _one(roles, target), "percentiles", window)


def network_input(
    image: NDArray[Any],
    roles: Sequence[Role],
    statistics: Statistics,
    settings: InputSettings,
    preprocessing: str = "checkpoint",
    asked: str = "auto",
) -> NDArray[np.float32]:
    """Choose and prepare channels.

    Parameters
    ----------
    image : (C, Y, X)
        Raw intensities.
    roles
        What the channels show.
    statistics
        Of the whole image.
    settings
        Of the network's input.
    preprocessing, asked
        Parameters of the user's: see `BowlParameters`.

    Returns
    -------
    (3, Y, X) float32
        Red, green, blue in about 0..1.

    Raises
    ------
    InputError
        If the image hasn't got the channels.
    """
    needed = settings.roles or (RGB if set(RGB) <= set(roles) and asked == "auto" else ())
    chosen = choose_channels(roles, needed, asked)
    how = settings.how(preprocessing, roles[chosen[0]])
    if preprocessing == "checkpoint" and how == "none" and image.dtype != np.uint8:
        how = "minimum and maximum"
    prepared = prepare(image, chosen, statistics, how, joint=len(chosen) == CHANNELS)
    return np.repeat(prepared, CHANNELS // len(chosen), 0)


def prepared_images(
    samples: Sequence[Sample], settings: InputSettings
) -> list[NDArray[np.float32]]:
    """Return what a network is to see of each image, (Y, X, 3) in about 0..1.

    Raises
    ------
    InputError
        If an image hasn't got the channels.
    """
    return seen_by(
        samples, lambda image, roles, known: network_input(image, roles, known, settings)
    )


def _one(roles: tuple[Role, ...], target: Target) -> tuple[Role, ...]:
    """Of two stains take the one that is to be found."""
    return (target,) if target in roles else roles[:1]


def checked(settings: InputSettings | None) -> InputSettings | None:
    """Return settings of a checkpoint, if a network of three channels can have them.

    Raises
    ------
    CheckpointError
        If they are of two channels, or say nothing of the preparation.
    """
    if settings is None or (len(settings.roles) != 2 and settings.preprocessing is not None):
        return settings
    raise CheckpointError("The checkpoint's settings of its input are of another network.")
