"""From the channels of an image to what a network of MMDetection was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data import Role
from ...data.sample import RGB
from ...data.statistics import Statistics
from ..shared import channels
from ..shared.channels import DUAL
from ..shared.preprocessing import Preprocessing, prepare
from .settings import InputSettings


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
        needed = DUAL if is_dual else RGB if set(RGB) <= set(roles) else ()
    return channels.choose_channels(roles, needed, asked)


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
