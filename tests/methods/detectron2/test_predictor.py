from pathlib import Path

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from napari_cellbench.data.rle import pixels
from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.methods.detectron2.network import MAX_PER_IMAGE
from napari_cellbench.methods.preparation import tiling_of

from ..mmdet.conftest import disc_sample
from .small import KINDS, small_checkpoint

# Random weights are sure of nothing, and find the same thing many times.
ANYTHING = {"score_threshold": 0.0, "nms_threshold": 0.3, "preprocessing": "percentiles"}


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.key)
def predictor(request, tmp_path_factory):
    folder: Path = tmp_path_factory.mktemp("small")
    return request.param().load(small_checkpoint(request.param, folder), "cpu")


@pytest.fixture(scope="module")
def image():
    return disc_sample(0).image


def predict(predictor, image, **values):
    parameters = predictor.parameters(**(ANYTHING | values))
    seen = []
    found = predictor.predict(
        image,
        ("nucleus",) * len(image) if len(image) < 2 else ("nucleus", "whole_cell"),
        parameters,
        ExactStatistics(image),
        lambda current, maximum: seen.append(current / maximum),
    )
    return found, seen


@pytest.fixture(autouse=True)
def _parameters(predictor, request):
    kind = request.node.callspec.params["predictor"]
    predictor.parameters = kind.parameters


def test_overlapping_and_uncertain_objects_are_dropped(predictor, image):
    found, seen = predict(predictor, image)
    assert len(found) > 3
    assert (np.diff(found.scores) <= 0).all()
    assert 0 <= found.scores.min() <= found.scores.max() <= 1
    overlaps = coco_mask.iou(list(found.masks), list(found.masks), [0] * len(found))
    assert np.triu(overlaps, 1).max() <= 0.3
    assert not len(predict(predictor, image, score_threshold=1.0)[0])
    assert seen == sorted(seen)
    assert seen[-1] == 1


def test_a_higher_mask_threshold_shrinks_objects(predictor, image):
    areas = []
    for threshold in (0.3, 0.5, 0.7):
        found, _ = predict(predictor, image, mask_threshold=threshold, nms_threshold=1.0)
        areas.append(sum(pixels(mask)[0].size for mask in found.masks))
    assert areas[0] > areas[1] > areas[2]


@pytest.mark.parametrize("scale", [0.5, 1.7])
def test_objects_have_the_size_of_the_image_at_any_scale(predictor, image, scale):
    found, _ = predict(predictor, image[:, :31, :57], scale=scale)
    assert found.shape == (31, 57)
    assert all(tuple(mask["size"]) == (31, 57) for mask in found.masks)


@pytest.mark.parametrize("shape", [(1, 0, 20), (1, 1, 1), (1, 20, 3), (2, 9, 33)])
def test_tiny_images(predictor, shape):
    found, _ = predict(predictor, np.full(shape, 9, np.uint8))
    assert found.shape == shape[1:]


def test_windows_and_number_of_objects(predictor):
    assert predictor.tiling(predictor.parameters()).size == 96
    assert tiling_of(predictor, predictor.parameters(window=512)).overlap == 128
    assert MAX_PER_IMAGE == 3000
