"""What our path costs beside MMDetection's own inference API.

    pytest benchmarks/test_mmdet.py -s

Both get the same network, weights and limits, and an image of 512 x 512 pixels. They take turns;
the median of the ratios of their processor times counts, which other programs change little. Ours
includes the percentiles of a 16-bit image and the encoding of the masks; theirs gets 8 bits and
stops at masks.
"""

import statistics
import time

import numpy as np
import pytest
import torch

from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.methods import get_method
from napari_cellbench.methods.mmdet.architectures import IMAGENET
from napari_cellbench.methods.mmdet.framework import Config
from napari_cellbench.methods.mmdet.network import CONFIGS, build_network
from napari_cellbench.methods.mmdet.predictor import DetectorPredictor
from napari_cellbench.methods.mmdet.settings import InputSettings

PAIRS = 5
LIMIT = 1.10
OPTIONS = {
    "swin_t": {
        "model.roi_head.bbox_head.num_classes": 1,
        "model.roi_head.mask_head.num_classes": 1,
    },
    "solov2": {"model.mask_head.num_classes": 1},
    "mask2former": {
        "model.panoptic_head.num_things_classes": 1,
        "model.panoptic_head.num_stuff_classes": 0,
        "model.panoptic_head.loss_cls.class_weight": [1.0, 0.1],
        "model.panoptic_fusion_head.num_things_classes": 1,
        "model.panoptic_fusion_head.num_stuff_classes": 0,
    },
}

# All are mmdet's or mmengine's.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ImportWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


@pytest.mark.parametrize("key", OPTIONS)
@pytest.mark.timeout(1800)
def test_ratio(key):
    """At most 1.10 times as long."""
    from mmdet.apis import inference_detector, init_detector

    method = get_method(key)
    image = np.random.default_rng(0).integers(0, 65536, (512, 512)).astype(np.uint16)
    torch.manual_seed(0)
    network = build_network(method.architecture, 3, for_cells=False)
    settings = InputSettings(*IMAGENET, preprocessing="percentiles")
    ours = DetectorPredictor(network, settings, "cpu")
    parameters = method.parameters(score_threshold=0.3)

    config = Config.fromfile(CONFIGS / method.architecture.config)
    config.test_pipeline[1].scale = (512, 512)
    config.test_dataloader.dataset.pipeline = config.test_pipeline
    theirs = init_detector(config, None, "random", "cpu", OPTIONS[key])
    theirs.load_state_dict(network.state_dict())
    eight = np.repeat((image >> 8).astype(np.uint8)[..., None], 3, 2)

    def our_path():
        statistics_ = ExactStatistics(image[None])
        return ours.predict(image[None], ("nucleus",), parameters, statistics_, lambda *_: None)

    # The same work for both: what our path sets of limits and thresholds, theirs has too.
    if hasattr(network, "roi_head"):
        network.roi_head.test_cfg.max_per_img = 300
    our_path()
    for name in ("rpn_head", "roi_head", "mask_head"):
        if hasattr(network, name):
            getattr(theirs, name).test_cfg = getattr(network, name).test_cfg
    inference_detector(theirs, eight)

    alone, ratios = [], []
    for _ in range(PAIRS):
        alone.append(timed(lambda: inference_detector(theirs, eight)))
        ratios.append(timed(our_path) / alone[-1])
    seconds, ratio = statistics.median(alone), statistics.median(ratios)
    print(f"\n{key}: {seconds:.2f} s by MMDetection's API, {ratio:.2f} times that by our path")
    assert ratio < LIMIT


def timed(function):
    started = time.process_time()
    function()
    return time.process_time() - started
