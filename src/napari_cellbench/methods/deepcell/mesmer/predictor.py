"""From an image to the cells that Mesmer finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ....data import Instances, Role
from ....data.statistics import Statistics
from ....errors import InputError
from ...base import Progress, Tiling
from ...shared.forward import each_layer, share
from ..predictor import DeepCellPredictor, nothing
from ..settings import InputSettings
from . import MesmerParameters
from .checkpoint import Watersheds
from .network import INTERIOR, MULTIPLE, PanopticNet
from .watershed import DeepWatershed, deep_watershed
from .windows import Windows

TILE, OVERLAP = 1536, 192
"""What is segmented at once, and what neighbours share, in pixels of the network's input."""


class MesmerPredictor(DeepCellPredictor[MesmerParameters]):
    """A network of Mesmer's on a device.

    Parameters
    ----------
    network
        Moved to the device.
    settings
        Of its input.
    watersheds
        What its pairs of heads find, and how cells are made of their maps.
    device
        As torch names it.
    """

    def __init__(
        self, network: PanopticNet, settings: InputSettings, watersheds: Watersheds, device: str
    ) -> None:
        super().__init__(network, network.shape.channels, settings, device)
        self.watersheds = watersheds
        self.window = max(MULTIPLE, settings.window // MULTIPLE * MULTIPLE)

    def predict(
        self,
        image: NDArray[Any],
        roles: Sequence[Role],
        parameters: MesmerParameters,
        statistics: Statistics,
        progress: Progress,
    ) -> Instances:
        """Segment an image or a tile; see `Predictor.predict`."""
        pair, how = self._chosen(parameters)
        prepared = self.prepare(image, roles, parameters, statistics)
        if prepared is None:
            return nothing(image.shape)
        shape = prepared.shape[1:]
        if parameters.scale != 1:
            size = [max(1, round(length * parameters.scale)) for length in shape]
            prepared = _resized(prepared, size)
        maps = self.maps(prepared, pair, progress)
        labels = deep_watershed(maps[0], maps[1], how)
        if parameters.scale != 1:
            labels = _nearest(labels, shape)
        return Instances.from_labels(labels)

    def tiling(self, parameters: MesmerParameters) -> Tiling:
        """Cut the image so that the network sees the same number of pixels at any scale."""
        return Tiling(round(TILE / parameters.scale), round(OVERLAP / parameters.scale))

    def maps(
        self, prepared: NDArray[np.float32], pair: int, progress: Progress
    ) -> NDArray[np.float32]:
        """Run the network on windows, and blend its answers.

        Parameters
        ----------
        prepared : (C, Y, X) float32
            What it is to see.
        pair
            Of heads, from 0.
        progress
            Called as the layers of each window are done.

        Returns
        -------
        (2, Y, X) float32
            Closeness to the centres, and probability of the interior.
        """
        height, width = prepared.shape[1:]
        more = [max(0, self.window - length) for length in (height, width)]
        before = [-(-lack // 2) for lack in more]
        around = [(b, lack - b) for b, lack in zip(before, more, strict=True)]
        padded = np.pad(prepared, ((0, 0), *around), "symmetric")
        windows = Windows.over((padded.shape[1], padded.shape[2]), self.window)
        pieces, found = windows.cut(padded), []
        for number, piece in enumerate(pieces):
            x = torch.from_numpy(np.ascontiguousarray(piece))[None].to(self.device)
            told = share(progress, number, len(pieces))
            with torch.inference_mode(), each_layer(self.network, told):
                distance, classes = self.network(x)[2 * pair : 2 * pair + 2]
            both = torch.cat([distance, classes[:, INTERIOR : INTERIOR + 1]], 1)
            found.append(both[0].cpu().numpy())
        top, left = before
        return windows.blend(found)[:, top : top + height, left : left + width]

    def _chosen(self, parameters: MesmerParameters) -> tuple[int, DeepWatershed]:
        """Return which pair of heads is asked for, and how cells are made of its maps."""
        known, asked = list(self.watersheds), parameters.compartment
        if asked == "auto" or known == [None]:
            pair = 0
        elif asked in known:
            pair = [str(target) for target in known].index(asked)
        else:
            finds = f"This checkpoint finds {known[0]}, not {asked}".replace("_", " ")
            raise InputError(f"{finds}: choose another checkpoint, or auto.")
        how = self.watersheds[known[pair]]
        given = {
            one.name: value
            for one in fields(DeepWatershed)
            if (value := getattr(parameters, one.name)) not in (None, "auto")
        }
        if "stretch" in given:
            given["stretch"] = given["stretch"] == "yes"
        return pair, replace(how, **given)


def _resized(image: NDArray[np.float32], size: Sequence[int]) -> NDArray[np.float32]:
    """Resample (C, Y, X) linearly, smoothed where it shrinks."""
    x = torch.from_numpy(image)[None]
    options: dict[str, Any] = {"mode": "bilinear", "antialias": True, "align_corners": False}
    resized: NDArray[np.float32] = torch.nn.functional.interpolate(x, size, **options)[0].numpy()
    return resized


def _nearest(labels: NDArray[np.int32], shape: Sequence[int]) -> NDArray[np.int32]:
    """Resample labels by nearest neighbour."""
    y, x = (
        ((np.arange(n) + 0.5) * have / n).astype(int).clip(0, have - 1)
        for n, have in zip(shape, labels.shape, strict=True)
    )
    return labels[y[:, None], x]
