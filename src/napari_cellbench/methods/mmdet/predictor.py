"""From an image to the objects that a network of MMDetection finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from ...data import Instances
from ..base import Predictor, Progress, Tiling
from ..shared.best_masks import best_masks, encoded
from ..shared.detector_parameters import DetectorParameters, MaskThresholdParameters
from ..shared.forward import each_layer
from ..shared.preprocessing import Preprocessing, windows
from .framework import DetDataSample
from .inputs import choose_channels, network_input
from .network import MAX_PER_IMAGE

if TYPE_CHECKING:
    from torch import Tensor, nn

    from ...data import Role
    from ...data.statistics import Statistics
    from .settings import InputSettings

STRIDE = 32
"""To multiples of which the input is padded: the coarsest stride of all backbones."""
FEWEST_PROPOSALS = 1000
PIXELS_PER_PROPOSAL = 64
"""Proposals grow with the window: one for each cell of the smallest size, 8 x 8 pixels."""


class DetectorPredictor(Predictor[DetectorParameters]):
    """A detector that is ready to predict.

    Parameters
    ----------
    network
        A network of `build_network`; moved to the device.
    settings
        Of its input.
    device
        As torch names it.
    """

    prepares_input = True

    def __init__(self, network: nn.Module, settings: InputSettings, device: str) -> None:
        self.network = network.to(device).eval()
        self.settings, self.device = settings, device

    def predict(
        self,
        image: NDArray[Any],
        roles: Sequence[Role],
        parameters: DetectorParameters,
        statistics: Statistics,
        progress: Progress,
    ) -> Instances:
        """Segment an image or a window of it; see `Predictor.predict` and `choose_channels`."""
        channels = choose_channels(roles, self.settings, parameters.channel)
        asked = parameters.preprocessing
        how = self.settings.preprocessing if asked == "checkpoint" else cast(Preprocessing, asked)
        height, width = image.shape[1:]
        if not height or not width:
            return Instances.from_masks([], (height, width), ())
        prepared = network_input(image, channels, statistics, self.settings, how)
        inputs = torch.from_numpy(prepared)[None].to(self.device)
        self._set_thresholds(parameters, height * width)
        with torch.inference_mode(), each_layer(self.network, progress):
            found = detect(self.network, inputs, parameters.scale or self.settings.scale)
        masks, scores = found
        sure = scores >= parameters.score_threshold
        best = best_masks(
            encoded(masks[sure]),
            scores[sure].cpu().numpy(),
            parameters.nms_threshold,
            MAX_PER_IMAGE,
        )
        return Instances.from_masks(best[0], (height, width), best[1])

    def tiling(self, parameters: DetectorParameters) -> Tiling:
        """Cut the image into windows of the size of the training images."""
        return windows(self.settings.window)

    def _set_thresholds(self, parameters: DetectorParameters, pixels: int) -> None:
        """Set what the parts of the network read while they predict."""
        network, threshold = self.network, parameters.score_threshold
        if hasattr(network, "roi_head"):
            proposals = np.clip(pixels // PIXELS_PER_PROPOSAL, FEWEST_PROPOSALS, 2 * MAX_PER_IMAGE)
            network.rpn_head.test_cfg.update(nms_pre=int(proposals), max_per_img=int(proposals))
            limits = network.roi_head.test_cfg
            limits.score_thr = threshold
            limits.nms.iou_threshold = parameters.nms_threshold
        elif hasattr(network, "mask_head"):
            limits = network.mask_head.test_cfg
            # Before and after the scores are lowered by overlap.
            limits.update(score_thr=min(0.1, threshold), filter_thr=threshold)
        if isinstance(parameters, MaskThresholdParameters):
            name = "mask_thr_binary" if hasattr(network, "roi_head") else "mask_thr"
            limits[name] = parameters.mask_threshold


def detect(network: nn.Module, inputs: Tensor, scale: float) -> tuple[Tensor, Tensor]:
    """Run a network on one image.

    Parameters
    ----------
    network
        In evaluation mode.
    inputs : (1, C, Y, X)
        Normalised.
    scale
        Magnification of the input.

    Returns
    -------
    masks : (N, Y, X) bool
    scores : (N,) float
    """
    shape = inputs.shape[2:]
    size = [max(1, round(n * scale)) for n in shape]
    if scale != 1:
        inputs = F.interpolate(inputs, size, mode="bilinear", align_corners=False)
    inputs = F.pad(inputs, (0, -size[1] % STRIDE, 0, -size[0] % STRIDE))
    sample = DetDataSample(
        metainfo={
            "ori_shape": tuple(shape),
            "img_shape": tuple(size),
            "pad_shape": tuple(inputs.shape[2:]),
            "batch_input_shape": tuple(inputs.shape[2:]),
            "scale_factor": (size[1] / shape[1], size[0] / shape[0]),
        }
    )
    found = network.predict(inputs, [sample], rescale=True)[0].pred_instances
    return found.masks, found.scores
