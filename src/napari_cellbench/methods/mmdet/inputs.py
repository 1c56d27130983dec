"""From the channels of an image to what a network of MMDetection was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data import Role
from ...data.sample import RGB
from ...data.statistics import Statistics
from ...errors import InputError
from ..shared.preprocessing import Preprocessing, prepare
from .settings import InputSettings

GREY: tuple[Role, ...] = ("nucleus", "whole_cell", "phase")
"""What a network of one channel is shown, the first that the image has."""


def choose_channels(roles: Sequence[Role], settings: InputSettings, asked: str) -> list[int]:
    """Choose the channels for a network.

    Parameters
    ----------
    roles
        What each channel of the image shows.
    settings
        Of the network. Where the roles of its channels are unknown: two channels are nucleus and
        whole cell; others take one channel, or red, green and blue.
    asked
        The role of the one channel to take, or "auto".

    Returns
    -------
    list of int
        As many as the network has, or one, which it sees in all its channels.

    Raises
    ------
    InputError
        If the image has not got them.
    """
    needed = settings.roles
    if not needed:
        is_dual = len(settings.mean) == 2
        needed = ("nucleus", "whole_cell") if is_dual else RGB if set(RGB) <= set(roles) else ()
    if len(needed) > 1:
        if set(needed) <= set(roles):
            return [roles.index(role) for role in needed]
        raise InputError(_explain(", ".join(needed), roles))
    if len(roles) == 1 and asked == "auto":
        return [0]
    wanted = needed or GREY if asked == "auto" else (asked,)
    for role in wanted:
        if role in roles:
            return [roles.index(role)]
    raise InputError(_explain(" or ".join(wanted), roles))


def network_input(
    image: NDArray[Any],
    channels: Sequence[int],
    statistics: Statistics,
    settings: InputSettings,
    preprocessing: Preprocessing,
) -> NDArray[np.float32]:
    """Prepare intensities, and bring them to the mean and deviation of the training images.

    Parameters
    ----------
    image : (C, Y, X)
        Raw intensities.
    channels
        Those that `choose_channels` chose.
    statistics
        Of the whole image.

    Returns
    -------
    (channels of the network, Y, X) float32
    """
    is_colour = len(channels) == 3
    prepared = prepare(image, channels, statistics, preprocessing, joint=is_colour)
    mean = np.array(settings.mean, np.float32)[:, None, None]
    std = np.array(settings.std, np.float32)[:, None, None]
    scaled: NDArray[np.float32] = (255 * prepared - mean) / std
    return scaled


def _explain(wanted: str, roles: Sequence[Role]) -> str:
    return (
        f"This checkpoint takes {wanted}, but the image has {', '.join(roles) or 'no channels'}. "
        "Choose a checkpoint that fits, or name the channels."
    ).replace("_", " ")
