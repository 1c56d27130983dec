"""What predicting has in common for DeepCell's methods: choosing and preparing channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import nn

from ...data import Instances, Role
from ...data.sample import RGB
from ...data.statistics import Statistics
from ...errors import InputError
from ..base import Predictor, Tiling
from ..shared.channels import choose_channels
from ..shared.preprocessing import prepare, windows
from .method import DeepCellParameters
from .settings import InputSettings

P = TypeVar("P", bound=DeepCellParameters)


class DeepCellPredictor(Predictor[P]):
    """A network on a device.

    Parameters
    ----------
    network
        Moved to the device.
    channels
        That it takes.
    settings
        Of its input.
    device
        As torch names it.
    """

    prepares_input = True

    def __init__(
        self, network: nn.Module, channels: int, settings: InputSettings, device: str
    ) -> None:
        self.network = network.to(device).eval()
        self.channels, self.settings, self.device = channels, settings, device

    def tiling(self, parameters: P) -> Tiling:
        """Cut the image into windows of the size of the training images."""
        return windows(self.settings.window)

    def prepare(
        self,
        image: NDArray[Any],
        roles: Sequence[Role],
        parameters: P,
        statistics: Statistics,
    ) -> NDArray[np.float32] | None:
        """Choose and prepare the channels that the network sees.

        Returns
        -------
        (channels, Y, X) float32
            None where there is nothing to see: no pixels, or no contrast.

        Raises
        ------
        InputError
            If the image hasn't got them.
        """
        prepared = network_input(
            image,
            roles,
            statistics,
            self.channels,
            self.settings,
            parameters.preprocessing,
            parameters.channel,
        )
        return prepared if prepared.size and np.ptp(prepared, (1, 2)).any() else None


def network_input(
    image: NDArray[Any],
    roles: Sequence[Role],
    statistics: Statistics,
    channels: int,
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
    channels
        That the network takes.
    settings
        Of its input.
    preprocessing, asked
        Parameters of the user's: see `DeepCellParameters`.

    Returns
    -------
    (channels, Y, X) float32

    Raises
    ------
    InputError
        If the image hasn't got them.
    """
    needed = settings.roles
    if not needed and channels > 1:
        needed = RGB if channels == 3 else ()
    chosen = choose_channels(roles, needed, asked)
    if len(chosen) != channels:
        raise InputError(
            f"This checkpoint takes {channels} channels, and nothing says what they show."
        )
    how = settings.how(preprocessing, roles[chosen[0]])
    return prepare(image, chosen, statistics, how, joint=channels == 3)


def nothing(shape: tuple[int, ...]) -> Instances:
    """Return that there are no objects in an image of (C, Y, X)."""
    return Instances.from_labels(np.zeros(shape[1:], np.int32), ())
