"""From an image to the cells that RetinaMask finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ....data import Instances, Role
from ....data.statistics import Statistics
from ...base import Progress
from ...shared.forward import each_layer
from ..predictor import DeepCellPredictor, nothing
from ..settings import InputSettings
from . import RetinaMaskParameters
from .anchors import AnchorDesign, decoded, detected
from .network import RetinaMaskNet
from .overlaps import labelled, pasted

MAX_PER_IMAGE = 3000
"""Cells to keep of an image, or of a window of it."""


class RetinaMaskPredictor(DeepCellPredictor[RetinaMaskParameters]):
    """A network of RetinaMask's on a device.

    Parameters
    ----------
    network
        Moved to the device.
    settings
        Of its input.
    design
        Of its anchors; None where the parameters decide.
    device
        As torch names it.
    """

    network: RetinaMaskNet

    def __init__(
        self,
        network: RetinaMaskNet,
        settings: InputSettings,
        design: AnchorDesign | None,
        device: str,
    ) -> None:
        super().__init__(network, network.shape.channels, settings, device)
        self.design = design

    def predict(
        self,
        image: NDArray[Any],
        roles: Sequence[Role],
        parameters: RetinaMaskParameters,
        statistics: Statistics,
        progress: Progress,
    ) -> Instances:
        """Segment an image or a window of it; see `Predictor.predict`."""
        prepared = self.prepare(image, roles, parameters, statistics)
        if prepared is None:
            return nothing(image.shape)
        height, width = prepared.shape[1:]
        multiple = 2 ** self.network.shape.levels[-1]
        more = [-length % multiple for length in (height, width)]
        padded = np.pad(prepared, ((0, 0), (0, more[0]), (0, more[1])), "symmetric")
        x = torch.from_numpy(padded)[None].to(self.device)
        with torch.inference_mode(), each_layer(self.network, progress):
            boxes, scores, masks = self.detect(x, (height, width), parameters)
        found = boxes.cpu().numpy(), masks.sigmoid().cpu().numpy()
        drawn = pasted(*found, (height, width), parameters.mask_threshold)
        certainty = scores.cpu().numpy()
        if parameters.overlaps == "share out":
            return labelled(found[0], drawn, certainty, parameters.min_size)
        kept = drawn.sum((1, 2)) >= max(1, parameters.min_size)
        return Instances.from_masks(drawn[kept], (height, width), certainty[kept])

    def detect(
        self, x: Tensor, shape: tuple[int, int], parameters: RetinaMaskParameters
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Run the network.

        Parameters
        ----------
        x : (1, C, Y, X)
            Prepared and padded.
        shape
            Height and width without the padding: boxes end there.
        parameters
            Thresholds.

        Returns
        -------
        boxes, scores, masks : (N, 4), (N,), (N, 28, 28)
            Of the cells, the most certain first; masks as logits.
        """
        own = self.network.shape
        design = self.design or AnchorDesign.told(
            own.levels, own.anchors, more_tall=parameters.anchors == "tall"
        )
        anchors = design.boxes(*x.shape[2:]).to(x.device)
        maps = self.network.pyramid(x)
        offsets, logits = self.network.answers(maps)
        boxes, scores = detected(
            decoded(anchors, offsets[0], *shape),
            logits[0].sigmoid(),
            parameters.score_threshold,
            parameters.nms_threshold,
            MAX_PER_IMAGE,
        )
        return boxes, scores, self.network.masks(maps[0], [boxes])
