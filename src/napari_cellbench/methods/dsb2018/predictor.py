"""What predicting has in common for the winners: preparing, padding, symmetries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ...data import Role
from ...data.statistics import Statistics
from ..base import Predictor, Tiling
from ..deepcell.settings import InputSettings
from ..shared.preprocessing import windows
from .inputs import network_input
from .method import BowlParameters

P = TypeVar("P", bound=BowlParameters)

Symmetry = tuple[int, bool]
"""Quarter turns, and whether it is then mirrored left to right."""
SYMMETRIES: tuple[Symmetry, ...] = tuple(
    (turns, flip) for flip in (False, True) for turns in range(4)
)
"""All eight of a square, the identity first."""


class BowlPredictor(Predictor[P]):
    """A winner's networks on a device.

    Parameters
    ----------
    settings
        Of the input.
    device
        As torch names it.
    """

    prepares_input = True

    def __init__(self, settings: InputSettings, device: str) -> None:
        self.settings, self.device = settings, device

    def tiling(self, parameters: P) -> Tiling:
        """Cut the image into windows."""
        return windows(self.settings.window)

    def prepare(
        self,
        image: NDArray[Any],
        roles: Sequence[Role],
        parameters: P,
        statistics: Statistics,
    ) -> NDArray[np.float32] | None:
        """Choose and prepare what the networks see.

        Returns
        -------
        (3, Y, X) float32
            None where there is nothing to see: no pixels, or no contrast.

        Raises
        ------
        InputError
            If the image hasn't got the channels.
        """
        asked = parameters.preprocessing, parameters.channel
        prepared = network_input(image, roles, statistics, self.settings, *asked)
        return prepared if prepared.size and np.ptp(prepared, (1, 2)).any() else None


def turned(x: Tensor, symmetry: Symmetry) -> Tensor:
    """Turn (..., Y, X)."""
    turns, flip = symmetry
    x = x.rot90(turns, (-2, -1))
    return x.flip(-1) if flip else x


def turned_back(x: Tensor, symmetry: Symmetry) -> Tensor:
    """Undo `turned`."""
    turns, flip = symmetry
    return (x.flip(-1) if flip else x).rot90(-turns, (-2, -1))


def padded(image: NDArray[np.float32], multiple: int) -> NDArray[np.float32]:
    """Mirror a (C, Y, X) image beyond its lower and right edges, to sides of a multiple."""
    more = [(0, -length % multiple) for length in image.shape[1:]]
    return np.pad(image, ((0, 0), *more), "reflect")
