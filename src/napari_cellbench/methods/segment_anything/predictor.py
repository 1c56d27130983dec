"""Segmenting with SAM: a photograph, a grid of points, masks of the size of cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask
from segment_anything.modeling import Sam

from ...data import Instances, Role
from ...data.rle import RLE
from ...data.statistics import Statistics
from ..base import Predictor, Progress, Tiling
from ..shared.forward import share
from . import SegmentAnythingParameters
from .enlarging import SIDE
from .generator import MaskGenerator
from .inputs import to_photograph
from .network import before_layers
from .placing import flat_ground

COVERED = 0.5
"""A mask of which better ones cover more than this share is a part of them, or their clump."""


class SegmentAnythingPredictor(Predictor[SegmentAnythingParameters]):
    """A SAM or MobileSAM network on a device.

    Parameters
    ----------
    network
        Moved to the device.
    device
        As torch names it.
    """

    def __init__(self, network: Sam, device: str = "cpu") -> None:
        self.network = network.to(device).eval()
        # Masks of few points at a time: progress comes more often, and little memory is needed.
        self._batch = 16 if device == "cpu" else 64

    def predict(
        self,
        image: NDArray[Any],
        roles: Sequence[Role],
        parameters: SegmentAnythingParameters,
        statistics: Statistics,
        progress: Progress,
    ) -> Instances:
        """Segment an image or a tile; scores are the IoU that SAM expects of its masks.

        An image without contrast holds no cells.
        """
        photograph = to_photograph(image, roles, statistics)
        shape = (image.shape[1], image.shape[2])
        if not photograph.any() or min(shape) * SIDE < max(shape):
            return Instances.from_masks([], shape, ())
        # Who asks for a number of points gets them all.
        spacing = parameters.point_spacing if parameters.points_per_side is None else None
        flat = None if spacing is None else flat_ground(photograph, spacing)
        with self._reporting(progress) as report:
            found = MaskGenerator(
                self.network,
                _grid(shape, parameters),
                report,
                flat,
                points_per_batch=self._batch,
                pred_iou_thresh=parameters.iou_threshold,
                stability_score_thresh=parameters.stability_threshold,
                box_nms_thresh=parameters.nms_threshold,
                crop_n_layers=parameters.crop_layers,
            ).generate(photograph)
        found = [f for f in found if parameters.min_area <= f["area"] <= parameters.max_area]
        found.sort(key=lambda f: -f["predicted_iou"])
        masks = [RLE(size=list(shape), counts=f["segmentation"]["counts"].encode()) for f in found]
        chosen = _uncovered(masks)
        scores = [found[i]["predicted_iou"] for i in chosen]
        return Instances.from_masks([masks[i] for i in chosen], shape, scores)

    def tiling(self, parameters: SegmentAnythingParameters) -> Tiling:
        """Let the network see tiles in its own size; they share the largest cell."""
        size = int(SIDE / parameters.magnification)
        overlap = int(np.ceil(2 * np.sqrt(parameters.max_area / np.pi)))
        return Tiling(size, min(overlap, size // 2))

    @contextmanager
    def _reporting(self, progress: Progress) -> Iterator[Progress]:
        """Tell progress by batch of points, and within the encoder by layer."""
        batch, batches, within = 0, 1, 0

        def report(current: int, maximum: int) -> None:
            nonlocal batch, batches, within
            batch, batches, within = current, maximum, 0
            share(progress, batch, batches)(0, 1)

        def pass_layer() -> None:
            nonlocal within
            within += 1
            share(progress, batch, batches)(min(within, layers), layers)

        with before_layers(self.network, pass_layer) as layers:
            yield report
            progress(1, 1)


def _grid(shape: tuple[int, int], parameters: SegmentAnythingParameters) -> tuple[int, int]:
    """Return how many rows and columns of points an image gets."""
    if parameters.points_per_side is not None:
        return parameters.points_per_side, parameters.points_per_side
    rows, columns = (max(1, round(side / parameters.point_spacing)) for side in shape)
    return rows, columns


def _uncovered(masks: Sequence[RLE]) -> list[int]:
    """Choose the masks, the best first, that better ones don't cover for the most part."""
    if not masks:
        return []
    # Each mask against each as a crowd: the intersection's share of the first one's area.
    share = np.asarray(coco_mask.iou(masks, masks, [1] * len(masks)))
    chosen: list[int] = []
    for i in range(len(masks)):
        if share[i, chosen].sum() <= COVERED:
            chosen.append(i)
    return chosen
