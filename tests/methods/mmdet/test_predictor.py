from dataclasses import replace

import numpy as np
import pytest
import torch
from pycocotools import mask as coco_mask

from napari_cellbench.data.rle import pixels
from napari_cellbench.data.source import Source
from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.engine import Engine, Job
from napari_cellbench.methods import methods
from napari_cellbench.methods.mmdet import architectures
from napari_cellbench.methods.mmdet.checkpoint import save_checkpoint
from napari_cellbench.methods.mmdet.network import build_network
from napari_cellbench.methods.mmdet.predictor import DetectorPredictor
from napari_cellbench.methods.mmdet.settings import InputSettings
from napari_cellbench.methods.preparation import tiling_of
from napari_cellbench.methods.shared.detector_parameters import MaskThresholdParameters

from .conftest import disc_sample

KEYS = sorted(key for key, method in methods().items() if method.extra == "mmdet")
# Random weights are sure of nothing, and find the same thing many times.
ANYTHING = {"score_threshold": 0.3, "nms_threshold": 0.1, "scale": 1.0}

# Both are mmdet's.
pytestmark = [
    pytest.mark.filterwarnings("ignore:torch.meshgrid:UserWarning"),
    pytest.mark.filterwarnings("ignore:To copy construct from a tensor:UserWarning"),
]


@pytest.fixture(scope="module")
def predictor(small) -> DetectorPredictor:
    torch.manual_seed(0)
    network = build_network(small.architecture, 3, for_cells=True)
    return DetectorPredictor(network, InputSettings(*architectures.IMAGENET), "cpu")


def predict(predictor, image, **values):
    return predictor.predict(
        image,
        ("nucleus",),
        MaskThresholdParameters(**(ANYTHING | values)),
        ExactStatistics(image),
        lambda *_: None,
    )


@pytest.mark.parametrize("key", KEYS)
def test_every_network_predicts(key):
    """The real ones, with random weights, on an image whose sides are no multiple of anything."""
    method = methods()[key]
    torch.manual_seed(0)
    network = build_network(method.architecture, 2, for_cells=True)
    settings = replace(InputSettings.of_seggal(method.architecture, 2), scale=1.0)
    predictor = DetectorPredictor(network, settings, "cpu")
    image = disc_sample(0, ("nucleus", "whole_cell"), side=49).image[:, :43]
    seen = []
    found = predictor.predict(
        image,
        ("nucleus", "whole_cell"),
        method.parameters(**ANYTHING),
        ExactStatistics(image),
        lambda current, maximum: seen.append((current, maximum)),
    )
    assert found.shape == (43, 49)
    if key == "mask2former":
        limit, wanted = network.panoptic_fusion_head.test_cfg.max_per_image, 100
    else:
        head = network.roi_head if hasattr(network, "roi_head") else network.mask_head
        limit, wanted = head.test_cfg.max_per_img, 3000
    assert limit == wanted
    assert (found.scores >= 0.3).all()
    fractions = [current / maximum for current, maximum in seen]
    assert len(fractions) > 50
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1


def test_overlapping_and_uncertain_objects_are_dropped(predictor, samples):
    image = samples[0].image
    found = predict(predictor, image, nms_threshold=0.2)
    assert len(found) > 3
    assert (np.diff(found.scores) <= 0).all()
    overlaps = coco_mask.iou(list(found.masks), list(found.masks), [0] * len(found))
    assert np.triu(overlaps, 1).max() <= 0.2
    between = float(found.scores[2:4].mean())
    certain = predict(predictor, image, nms_threshold=0.2, score_threshold=between)
    assert len(certain) == 3
    assert not len(predict(predictor, image, score_threshold=1.0))


def test_a_higher_mask_threshold_shrinks_objects(predictor, samples):
    areas = []
    for threshold in (0.45, 0.5, 0.55):
        found = predict(predictor, samples[0].image, mask_threshold=threshold, nms_threshold=0.9)
        areas.append(sum(pixels(mask)[0].size for mask in found.masks))
    assert areas[0] > areas[1] > areas[2]


def test_objects_have_the_size_of_the_image_at_any_scale(predictor, samples):
    image = samples[0].image[:, :31, :57]
    for scale in (0.5, 1.7):
        found = predict(predictor, image, scale=scale)
        assert found.shape == (31, 57)
        assert all(tuple(mask["size"]) == (31, 57) for mask in found.masks)


@pytest.mark.parametrize("shape", [(1, 0, 20), (1, 1, 1), (1, 20, 3)])
def test_tiny_images(predictor, shape):
    found = predict(predictor, np.full(shape, 9, np.uint8))
    assert found.shape == shape[1:]


def test_windows(predictor):
    assert predictor.tiling(MaskThresholdParameters()).size == 256
    assert predictor.tiling(MaskThresholdParameters()).overlap == 64
    assert tiling_of(predictor, MaskThresholdParameters(window=512)).overlap == 128


def test_the_same_in_the_worker_process(predictor, samples, tmp_path):
    """The real network, since the worker knows nothing of the reduced one."""
    method = methods()["swin_t"]
    settings = InputSettings(*architectures.IMAGENET)
    torch.manual_seed(0)
    network = build_network(method.architecture, 3, for_cells=False)
    save_checkpoint(tmp_path / "swin.safetensors", network, "swin_t", settings)
    engine = Engine()
    try:
        job = Job("swin_t", ("nucleus",), tmp_path / "swin.safetensors", ANYTHING, "cpu")
        found = engine.run(Source.of(samples[0].image), job).instances
    finally:
        engine.release()
    here = method.load(tmp_path / "swin.safetensors", "cpu")
    again = predict(here, samples[0].image)
    np.testing.assert_allclose(found.scores, again.scores, atol=1e-5)
    assert found.masks == again.masks
