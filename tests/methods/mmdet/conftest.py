"""Images of discs, and the method whose network is small enough to train in a test."""

from dataclasses import replace

import numpy as np
import pytest

from napari_cellbench.data import Instances, Sample
from napari_cellbench.methods.mmdet import MaskRCNN, architectures

WIDTH = 32
SMALL = {
    "backbone.depth": 18,
    "backbone.base_channels": 16,
    "neck.in_channels": [16, 32, 64, 128],
    "neck.out_channels": WIDTH,
    "rpn_head.in_channels": WIDTH,
    "rpn_head.feat_channels": WIDTH,
    "roi_head.bbox_roi_extractor.out_channels": WIDTH,
    "roi_head.mask_roi_extractor.out_channels": WIDTH,
    "roi_head.bbox_head.in_channels": WIDTH,
    "roi_head.bbox_head.conv_out_channels": WIDTH,
    "roi_head.bbox_head.fc_out_channels": 64,
    "roi_head.mask_head.in_channels": WIDTH,
    "roi_head.mask_head.conv_out_channels": WIDTH,
}


class SmallMaskRCNN(MaskRCNN):
    architecture = replace(architectures.MASK_RCNN, options=SMALL)


@pytest.fixture(scope="session")
def small() -> SmallMaskRCNN:
    return SmallMaskRCNN()


def disc_sample(seed: int, roles: tuple[str, ...] = ("nucleus",), side: int = 96) -> Sample:
    """Draw bright discs on a dark background in every channel."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side]
    labels = np.zeros((side, side), np.int32)
    for number in range(1, 9):
        (cy, cx), r = rng.integers(10, side - 10, 2), rng.integers(6, 11)
        labels[((y - cy) ** 2 + (x - cx) ** 2 < r**2) & (labels == 0)] = number
    image = (labels > 0) * 100 + rng.integers(0, 40, (len(roles), side, side))
    truth = {"nucleus": Instances.from_labels(labels)}
    return Sample(f"discs {seed}", image.astype(np.uint8), roles, truth)


@pytest.fixture(scope="session")
def samples() -> list[Sample]:
    return [disc_sample(seed) for seed in range(4)]
