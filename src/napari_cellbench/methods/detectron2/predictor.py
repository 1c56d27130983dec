"""From an image to the cells that a network of detectron2 finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from ...data import Instances, Role
from ..base import Predictor, Progress, Tiling
from ..shared.best_masks import best_masks, encoded
from ..shared.forward import each_layer
from ..shared.preprocessing import windows
from .inputs import network_input
from .network import MAX_PER_IMAGE, STRIDE, Detections, Detector, Limits
from .parameters import Detectron2Parameters
from .regions import drawn
from .settings import InputSettings

if TYPE_CHECKING:
    from torch import Tensor

    from ...data.statistics import Statistics


class Detectron2Predictor(Predictor[Detectron2Parameters]):
    """A network on a device.

    Parameters
    ----------
    network
        Moved to the device.
    settings
        Of its input.
    device
        As torch names it.
    """

    prepares_input = True

    def __init__(self, network: Detector, settings: InputSettings, device: str) -> None:
        self.network = network.to(device).eval()
        self.settings, self.device = settings, device

    def predict(
        self,
        image: NDArray[Any],
        roles: Sequence[Role],
        parameters: Detectron2Parameters,
        statistics: Statistics,
        progress: Progress,
    ) -> Instances:
        """Segment an image or a window of it; see `Predictor.predict` and `network_input`."""
        height, width = image.shape[1:]
        prepared = network_input(image, roles, statistics, self.settings, parameters)
        if not prepared.size:
            return Instances.from_masks([], (height, width), ())
        x = torch.from_numpy(prepared)[None].to(self.device)
        limits = Limits(parameters.score_threshold, parameters.nms_threshold)
        with torch.inference_mode(), each_layer(self.network, progress):
            found = detect(self.network, x, parameters.scale or self.settings.scale, limits)
            masks = [
                mask
                for some in drawn(
                    found.masks, found.boxes, (height, width), parameters.mask_threshold
                )
                for mask in encoded(some)
            ]
        kept, ranks = best_masks(
            masks, found.ranks.clamp(0, 1).cpu().numpy(), parameters.nms_threshold, MAX_PER_IMAGE
        )
        return Instances.from_masks(kept, (height, width), ranks)

    def tiling(self, parameters: Detectron2Parameters) -> Tiling:
        """Cut the image into windows of the size of the training images."""
        return windows(self.settings.window)


def detect(network: Detector, x: Tensor, scale: float, limits: Limits) -> Detections:
    """Enlarge an image, run a network on it, and bring the boxes back to the image's size.

    Parameters
    ----------
    network
        In evaluation mode.
    x : (1, 3, Y, X)
        Normalised.
    scale
        Magnification.
    limits
        What is kept.
    """
    height, width = x.shape[2:]
    size = max(1, round(height * scale)), max(1, round(width * scale))
    if size != (height, width):
        x = F.interpolate(x, size, mode="bilinear", align_corners=False)
    x = F.pad(x, (0, -size[1] % STRIDE, 0, -size[0] % STRIDE))
    found = network.detect(x, size, limits)
    back = found.boxes.new_tensor([width / size[1], height / size[0]] * 2)
    return Detections(found.boxes * back, found.scores, found.masks, found.ranks)
