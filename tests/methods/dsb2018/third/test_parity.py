"""The same numbers and nuclei as the third winner's own network."""

import numpy as np
import pytest
import torch

from napari_cellbench.methods.dsb2018.third.boxes import anchors, proposed
from napari_cellbench.methods.dsb2018.third.checkpoint import WINDOW, load_checkpoint
from napari_cellbench.methods.dsb2018.third.detection import detect

from ..conftest import recorded

CLOSE = {"rtol": 1e-5, "atol": 1e-5}
SIDE = 128


@pytest.fixture(scope="module")
def official():
    return recorded("third")


@pytest.fixture(scope="module")
def network(keras_file):
    network, settings, short_side = load_checkpoint(keras_file)
    assert settings.preprocessing == "none"
    assert short_side == WINDOW
    return network


@pytest.fixture(scope="module")
def image(official):
    # Kept in 16 bits, and seen in 32.
    return torch.from_numpy(official["x"].astype(np.float32).transpose(0, 3, 1, 2))


def test_anchors(official):
    found = anchors(SIDE, SIDE)
    np.testing.assert_allclose(found[:200], official["anchors_first200"], **CLOSE)
    np.testing.assert_allclose(found[-50:], official["anchors_last50"], **CLOSE)


def test_network(official, network, image):
    with torch.inference_mode():
        maps = network.pyramid(image)
        logits, deltas = network.proposals(maps)
        boxes = proposed(anchors(SIDE, SIDE), logits[0].softmax(1)[:, 1], deltas[0])
        of_boxes = network.classes(maps, [torch.from_numpy(official["rois_first100"])])
    for level, found in enumerate(maps, 2):
        expected = official[f"p{level}_first16"].transpose(0, 3, 1, 2)
        np.testing.assert_allclose(found[:, :16], expected, **CLOSE)
    np.testing.assert_allclose(logits[0].softmax(1)[::7], official["rpn_probs_every7"], **CLOSE)
    np.testing.assert_allclose(deltas[0][::7], official["rpn_deltas_every7"], **CLOSE)
    np.testing.assert_allclose(boxes[:100], official["rois_first100"], **CLOSE)
    np.testing.assert_allclose(of_boxes[0].softmax(1), official["class_probs_first100"], **CLOSE)
    np.testing.assert_allclose(of_boxes[1], official["class_deltas_first100"], **CLOSE)


def test_detections(official, network, image):
    with torch.inference_mode():
        found = detect(network, image, (0, 0, 1, 1), 0.5, 0.2)
    assert len(found.boxes) == official["n_det"] > 200
    expected = official["det"]
    np.testing.assert_allclose(found.scores[:100], expected[:, 5], **CLOSE)
    np.testing.assert_allclose(found.masks[:6].sigmoid(), official["det_masks_first6"], **CLOSE)
    # Of two whose scores differ by less than rounding either may come first.
    apart = np.abs(found.boxes.numpy()[:, None] - expected[:, :4]).max(-1)
    np.testing.assert_allclose(apart.min(0), 0, atol=1e-5)
    places = apart.argmin(0)
    assert len(set(places)) == 100
    np.testing.assert_allclose(found.scores[places], expected[:, 5], **CLOSE)
