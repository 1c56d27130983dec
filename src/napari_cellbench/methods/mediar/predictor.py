"""From an image to cells, as MEDIAR does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...data import Instances, Role
from ...data.statistics import Statistics
from ..base import Predictor, Progress
from ..shared.forward import each_layer, share
from ..shared.labels import without_small
from .flows import flows_to_labels
from .inputs import network_input
from .network import MULTIPLE, MediarNetwork
from .settings import WINDOW, InputSettings
from .sliding import slide

if TYPE_CHECKING:
    from . import MediarParameters

Array = NDArray[np.float32]
FLIPS = ((), (2,), (1,))
"""Axes (of channel, Y, X) along which the image is flipped: not at all, along X, along Y."""


class MediarPredictor(Predictor["MediarParameters"]):
    """Networks on a device, whose answers are averaged.

    Parameters
    ----------
    networks
        One, or the members of an ensemble.
    settings
        Of their input.
    device
        As torch names it.
    """

    def __init__(
        self, networks: Sequence[MediarNetwork], settings: InputSettings, device: str
    ) -> None:
        self.networks = [network.to(device).eval() for network in networks]
        self.settings, self.device = settings, device

    def predict(
        self,
        image: NDArray[Any],
        roles: Sequence[Role],
        parameters: MediarParameters,
        statistics: Statistics,
        progress: Progress,
    ) -> Instances:
        """Segment an image or a tile; see `Predictor.predict`.

        An image without contrast holds no cells.
        """
        x = network_input(image, roles, statistics, self.settings.roles, parameters.channel)
        if not x.any():
            return Instances.from_labels(np.zeros(image.shape[1:], np.int32))
        maps = self.maps(x, parameters.flips, parameters.overlap, progress)
        labels = labels_of(maps, parameters)
        growth = self.settings.edge if parameters.growth is None else parameters.growth
        return Instances.from_labels(_grown(labels, growth))

    def maps(self, x: Array, flips: bool, overlap: float, progress: Progress) -> Array:
        """Run all networks on the image and, if asked for, on its mirror images.

        Parameters
        ----------
        x : (3, Y, X) float32
            What the networks are to see.
        flips
            Whether to look at the mirror images too.
        overlap
            Of the windows, as a share of their side.
        progress
            Called as the layers are done.

        Returns
        -------
        (3, Y, X) float32
            Five times the flow along Y and X, and the logit of the cell probability.
        """
        views = [(n, axes) for n in self.networks for axes in (FLIPS if flips else FLIPS[:1])]
        total = np.zeros(x.shape, np.float32)
        for number, (network, axes) in enumerate(views):
            told = share(progress, number, len(views))
            found = np.flip(self._look(network, np.flip(x, axes), overlap, told), axes)
            # A flow along an axis that was flipped points the other way.
            signs = [-1.0 if axis in axes else 1.0 for axis in (1, 2)]
            total += found * np.array([*signs, 1.0], np.float32)[:, None, None]
        return total / np.float32(len(views))

    def _look(self, network: MediarNetwork, x: Array, overlap: float, progress: Progress) -> Array:
        size = -(-self.settings.window // MULTIPLE) * MULTIPLE
        batch = max(1, (WINDOW // size) ** 2)

        def predict(windows: Array, first: int, count: int) -> Array:
            seen = torch.from_numpy(windows).to(self.device)
            told = share(progress, first // batch, -(-count // batch))
            with torch.inference_mode(), each_layer(network, told):
                found: Array = network(seen).float().cpu().numpy()
            return found

        return slide(x, size, overlap, predict, batch)


def labels_of(maps: Array, parameters: MediarParameters) -> NDArray[np.int32]:
    """Make cells of the networks' answer.

    Parameters
    ----------
    maps : (3, Y, X) float32
        As `MediarPredictor.maps` returns them.
    parameters
        Thresholds and smallest size.

    Returns
    -------
    (Y, X) int32
        1..N; 0 is background.
    """
    from skimage.morphology import remove_small_holes, remove_small_objects

    inside = 1 / (1 + np.exp(-maps[2].clip(-80, 80))) > parameters.foreground_threshold
    if parameters.min_size:
        inside = remove_small_holes(inside, max_size=parameters.min_size - 1)
        inside = remove_small_objects(inside, max_size=parameters.min_size - 1)
    labels = flows_to_labels(
        maps[:2], inside, steps=parameters.niter, flow_threshold=parameters.flow_threshold
    )
    return without_small(labels, parameters.min_size)


def _grown(labels: NDArray[np.int32], growth: int) -> NDArray[np.int32]:
    from skimage.segmentation import expand_labels

    return expand_labels(labels, growth).astype(np.int32) if growth else labels
