"""From the channels of an image to the three that a network of detectron2 sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data import Role
from ...data.sample import RGB
from ...data.statistics import Statistics
from ..shared.channels import DUAL, choose_channels
from ..shared.preprocessing import prepare
from .parameters import Detectron2Parameters
from .settings import InputSettings

WHITE = 255.0
"""Of images of 8 bits, as which the networks were trained."""


def network_input(
    image: NDArray[Any],
    roles: Sequence[Role],
    statistics: Statistics,
    settings: InputSettings,
    parameters: Detectron2Parameters,
) -> NDArray[np.float32]:
    """Choose and prepare the channels that a network sees.

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
    parameters
        The user's.

    Returns
    -------
    (3, Y, X) float32
        One channel three times; two and a black one; or colours; normalised.

    Raises
    ------
    InputError
        If the image hasn't got the channels.
    """
    chosen = choose_channels(roles, _needed(roles, settings, parameters), parameters.channel)
    how = settings.how(parameters.preprocessing, roles[chosen[0]], is_8_bit=image.dtype == np.uint8)
    prepared = prepare(image, chosen, statistics, how, joint=len(chosen) == 3)
    return normalised(prepared, settings, parameters.white or WHITE)


def normalised(
    prepared: NDArray[np.float32], settings: InputSettings, white: float = WHITE
) -> NDArray[np.float32]:
    """Arrange channels as the network sees them, and bring them to the training images' mean.

    Parameters
    ----------
    prepared : (1, 2 or 3, Y, X)
        In 0..1: grey; nucleus and whole cell; red, green and blue.
    settings
        Of the network's input.
    white
        What 1 is for the network.

    Returns
    -------
    (3, Y, X) float32
    """
    planes = np.zeros((3, *prepared.shape[1:]), np.float32)
    # A grey image is in all three, as Pillow makes it.
    planes[: len(prepared) if len(prepared) > 1 else 3] = prepared
    if settings.order == "BGR":
        planes = planes[::-1]
    mean, std = (
        np.array(values, np.float32)[:, None, None] for values in (settings.mean, settings.std)
    )
    scaled: NDArray[np.float32] = (planes * np.float32(white) - mean) / std
    return scaled


def _needed(
    roles: Sequence[Role], settings: InputSettings, parameters: Detectron2Parameters
) -> Sequence[Role]:
    """Return the roles that the network takes; none for one channel of which nothing is known."""
    if settings.roles:
        return settings.roles
    count = {"one": 1, "two": 2}.get(parameters.channels, settings.count)
    if count == 2 or (count is None and set(DUAL) <= set(roles)):
        return DUAL
    return RGB if count is None and set(RGB) <= set(roles) else ()
