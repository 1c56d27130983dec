"""From an image to instances: the contract with a small network, objects with the real one."""

from dataclasses import replace

import numpy as np
import pytest
from skimage.draw import disk

pytest.importorskip("torch")
pytest.importorskip("timm")
pytest.importorskip("segment_anything")

from napari_cellbench.data.rle import encode_labels
from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.errors import Cancelled
from napari_cellbench.methods import get_method
from napari_cellbench.methods.segment_anything import SegmentAnythingParameters
from napari_cellbench.methods.segment_anything.predictor import _uncovered

ANYTHING = SegmentAnythingParameters(
    points_per_side=2, iou_threshold=0, stability_threshold=0, min_area=0, max_area=10_000_000
)
DISCS = [(24, 24), (24, 72), (24, 120), (72, 24), (72, 72), (72, 120)]


def discs(dtype=np.uint16):
    """Six bright discs of 20 pixels on a dark, noisy background."""
    image = np.random.default_rng(0).normal(100, 5, (96, 144))
    for centre in DISCS:
        image[disk(centre, 10)] += 200
    return image.astype(dtype)[None]


def predict(predictor, image, parameters, progress=lambda *_: None):
    roles = ("nucleus",) * len(image)
    return predictor.predict(image, roles, parameters, ExactStatistics(image), progress)


@pytest.fixture
def small(small_sam):
    return get_method("segment_anything").load(small_sam, "cpu")


def test_masks_with_scores_and_progress(small):
    seen = []
    found = predict(small, discs(), ANYTHING, lambda *step: seen.append(step))
    assert found.shape == (96, 144)
    assert found.masks is not None
    assert list(found.scores) == sorted(found.scores, reverse=True)
    fractions = [current / maximum for current, maximum in seen]
    assert (fractions[0], fractions[-1]) == (0, 1)
    assert fractions == sorted(fractions)


def test_progress_counts_the_batches_of_all_crops(small):
    seen = []
    parameters = replace(ANYTHING, points_per_side=5, crop_layers=1, iou_threshold=1)
    predict(small, discs(), parameters, lambda *step: seen.append(step))
    # The encoder and 25 points, 16 at a time, in the image and in 4 crops.
    fractions = [round(current / maximum, 9) for current, maximum in seen]
    assert set(fractions) > {round(i / 15, 9) for i in range(16)}
    assert fractions == sorted(fractions)


@pytest.mark.parametrize("stop", [1, 5, 9])
def test_cancel(small, stop):
    calls = 0

    def progress(current, maximum):
        nonlocal calls
        calls += 1
        if calls == stop:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        predict(small, discs(), ANYTHING, progress)
    assert calls == stop
    assert not any(m._forward_pre_hooks for m in small.network.modules())


@pytest.mark.parametrize(
    "image",
    [np.full((1, 50, 50), 9), np.zeros((1, 1, 3000)), np.zeros((2, 1, 1), np.uint8)],
    ids=["constant", "line", "pixel"],
)
def test_nothing_to_see(small, image):
    assert len(predict(small, image, ANYTHING)) == 0


def test_nothing_that_passes(small):
    assert len(predict(small, discs(), replace(ANYTHING, iou_threshold=1))) == 0


def test_tiling(small):
    tiling = small.tiling(SegmentAnythingParameters())
    assert tiling.size == 1024
    # The diameter of a disc of 20 000 pixels is 159.6.
    assert tiling.overlap == 160
    assert small.tiling(SegmentAnythingParameters(magnification=4)).size == 256
    assert small.tiling(SegmentAnythingParameters(magnification=8)).overlap == 64


def test_masks_that_better_ones_cover_are_dropped():
    image = np.zeros((5, 20, 20), np.int32)
    image[0, 2:10, 2:10] = 1
    image[1, 2:10, 11:19] = 1
    image[2, 2:10, 2:19] = 1  # both of them
    image[3, 3:6, 3:6] = 1  # a part of the first
    image[4, 8:18, 2:10] = 1  # overlaps the first a little
    masks = [encode_labels(mask)[0] for mask in image]
    assert _uncovered(masks) == [0, 1, 4]
    assert _uncovered([]) == []


def test_mobile_sam_finds_discs(shared):
    predictor = get_method("segment_anything").load(shared / "weights" / "mobile_sam.pt", "cpu")
    image = discs()
    parameters = SegmentAnythingParameters(point_spacing=16, max_area=2000)
    found = predict(predictor, image, parameters)
    labels = found.to_labels()
    assert len(found) == len(DISCS)
    for centre in DISCS:
        true = np.zeros(labels.shape, bool)
        true[disk(centre, 10)] = True
        mine = labels == labels[centre]
        assert (mine & true).sum() / (mine | true).sum() > 0.8
