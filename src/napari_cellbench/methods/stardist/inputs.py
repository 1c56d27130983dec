"""From the channels of a microscopy image to what a StarDist network was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...data import Role
from ...data.sample import RGB
from ...data.statistics import Statistics
from ...errors import InputError
from ..shared.preprocessing import normalise

if TYPE_CHECKING:
    from .settings import Normalization

GREY: tuple[Role, ...] = ("nucleus", "whole_cell", "phase")
"""What a one-channel network is given, the first that the image has."""


def choose_channels(roles: Sequence[Role], wanted: int) -> list[int]:
    """Choose the channels for a network that takes `wanted` of them.

    One: the nucleus, else the whole cell, else phase, else the only channel; a colour image gives
    all three, for the predictor to make grey. Two: nucleus and whole cell. Three: red, green, blue;
    a grey image of which nobody knows what it shows is all three, as if it were in colour. More:
    all channels in order, if there are as many.

    Raises
    ------
    InputError
        If the image has not got them.
    """
    has = f"the image has {', '.join(roles) or 'none'}"
    if wanted == 1:
        for role in GREY:
            if role in roles:
                return [roles.index(role)]
        if len(roles) == 1:
            return [0]
        if set(RGB) <= set(roles):
            return [roles.index(role) for role in RGB]
        raise InputError(
            f"This StarDist checkpoint takes one channel, but {has}. "
            "Say which one shows the nuclei or the cells."
        )
    if wanted > 3:
        if len(roles) == wanted:
            return list(range(wanted))
        raise InputError(f"This StarDist checkpoint takes {wanted} channels, but {has}.")
    if wanted == 3 and tuple(roles) == ("other",):
        return [0, 0, 0]
    needed: tuple[Role, ...] = ("nucleus", "whole_cell") if wanted == 2 else RGB
    if not set(needed) <= set(roles):
        kind = "two channels, nucleus and whole cell" if wanted == 2 else "colour images (RGB)"
        raise InputError(
            f"This StarDist checkpoint takes {kind}, but {has}. "
            "Choose a checkpoint that fits, or name the channels."
        )
    return [roles.index(role) for role in needed]


def network_input(
    image: NDArray[Any],
    roles: Sequence[Role],
    statistics: Statistics,
    wanted: int,
    normalization: Normalization,
) -> NDArray[np.float32]:
    """Choose and normalise the channels for a network; see `choose_channels`.

    A colour image for a one-channel network becomes grey by the brightest of its three colours,
    so that a grey image that was saved in colour gives what it gave in grey.

    Returns
    -------
    (wanted, Y, X) float32

    Raises
    ------
    InputError
        If the image has not got the channels.
    """
    channels = choose_channels(roles, wanted)
    is_grey_from_colour = wanted < len(channels)
    joint = normalization.joint or is_grey_from_colour
    low, high = normalization.low, normalization.high
    normalised = normalise(image, channels, statistics, low, high, joint)
    return normalised.max(0, keepdims=True) if is_grey_from_colour else normalised
