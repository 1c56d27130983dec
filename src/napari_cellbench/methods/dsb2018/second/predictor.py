"""From an image to the cells that the second winner's network finds."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ....data import Instances, Role
from ....data.statistics import Statistics
from ...base import Progress
from ...deepcell.predictor import nothing
from ...deepcell.settings import InputSettings
from ...shared.forward import each_layer, share
from ..predictor import BowlPredictor
from . import SecondParameters
from .cells import Found, Labels, Thresholds, climbed, grown, inconsistencies, joined
from .network import ENLARGED, MULTIPLE, SecondNet


class SecondPredictor(BowlPredictor[SecondParameters]):
    """The network on a device.

    Parameters
    ----------
    network
        Moved to the device.
    settings
        Of its input.
    device
        As torch names it.
    """

    def __init__(self, network: SecondNet, settings: InputSettings, device: str) -> None:
        super().__init__(settings, device)
        self.network = network.to(device).eval()

    def predict(
        self,
        image: NDArray[Any],
        roles: Sequence[Role],
        parameters: SecondParameters,
        statistics: Statistics,
        progress: Progress,
    ) -> Instances:
        """Segment an image or a window of it; see `Predictor.predict`."""
        prepared = self.prepare(image, roles, parameters, statistics)
        if prepared is None:
            return nothing(image.shape)
        height, width = prepared.shape[1:]
        x = torch.from_numpy(prepared)[None].to(self.device)
        factors = [float(Fraction(text)) for text in parameters.magnifications.split(", ")]
        found = []
        for number, factor in enumerate(factors):
            part = share(progress, number, len(factors))
            found.append(self._at(x, factor, (height, width), parameters, part))
        labels, scores = joined(found, parameters.inconsistency)
        return Instances.from_labels(labels, scores)

    def _at(
        self,
        x: Tensor,
        factor: float,
        shape: tuple[int, int],
        parameters: SecondParameters,
        progress: Progress,
    ) -> Found:
        """Find cells at a magnification, and bring them to the image's size."""
        size = [max(1, round(factor * length)) for length in shape]
        if factor != 1:
            smaller = factor < 1
            x = F.interpolate(x, size, mode="bilinear", align_corners=False, antialias=smaller)
        mask, places = self.maps(x, progress)
        labels = grown(climbed(mask, places, _how(parameters)), mask)
        return Found(_resized(labels, shape), inconsistencies(labels, places))

    def maps(
        self, x: Tensor, progress: Progress
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Run the network.

        Parameters
        ----------
        x : (1, 3, Y, X)
            In 0..1.
        progress
            Told of every layer.

        Returns
        -------
        mask, local positions : (Y, X), (4, Y, X)
        """
        sides = x.shape[2:]
        # Zeros all around, the odd one at the end, as the winner had it.
        more = [-length % (MULTIPLE // ENLARGED) for length in sides]
        top, left = (length // 2 for length in more)
        framed = F.pad(x, (left, more[1] - left, top, more[0] - top))
        with torch.inference_mode(), each_layer(self.network, progress):
            drawn = self.network(framed)
        seen = (slice(top, top + sides[0]), slice(left, left + sides[1]))
        mask, places = drawn.mask.sigmoid()[0].cpu().numpy(), drawn.local[0].cpu().numpy()
        return mask[seen], places[:, *seen]


def _how(parameters: SecondParameters) -> Thresholds:
    return Thresholds(parameters.mask_threshold, parameters.min_size)


def _resized(labels: Labels, shape: tuple[int, int]) -> Labels:
    """Bring labels to another size, each pixel that of the nearest."""
    if labels.shape == shape:
        return labels
    rows, columns = (
        np.minimum((np.arange(length) + 0.5) * old // length, old - 1).astype(np.intp)
        for length, old in zip(shape, labels.shape, strict=True)
    )
    return labels[rows[:, None], columns]
