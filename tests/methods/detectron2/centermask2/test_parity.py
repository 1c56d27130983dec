"""The same numbers as the original on detectron2 0.6."""

import numpy as np
import pytest
import torch

from napari_cellbench.methods.detectron2 import CenterMask2
from napari_cellbench.methods.detectron2.centermask2.fcos import PREDICTING, points, proposals
from napari_cellbench.methods.detectron2.centermask2.masks import levels
from napari_cellbench.methods.detectron2.centermask2.network import SURE
from napari_cellbench.methods.detectron2.centermask2.targets import point_losses, point_targets
from napari_cellbench.methods.detectron2.checkpoint import load_checkpoint

from ..conftest import seeded_state

CLOSE = {"rtol": 1e-5, "atol": 1e-5}
PIXELS = {"rtol": 1e-5, "atol": 1e-3}
SIZE = (128, 160)


@pytest.fixture(scope="module")
def official(references):
    with np.load(references / "centermask2.npz") as found:
        return {name: torch.from_numpy(np.array(value)) for name, value in found.items()}


@pytest.fixture(scope="module")
def image(official):
    return ((official["image"].float() - 128) / 11.578)[None]


@pytest.fixture(scope="module")
def network(v39):
    return load_checkpoint(v39, CenterMask2().design())[0]


@pytest.fixture(scope="module")
def maps(network, image):
    with torch.inference_mode():
        return network.maps(image)


@pytest.fixture(scope="module")
def answers(network, maps):
    with torch.inference_mode():
        return network.proposal_generator(maps)


def test_pyramid(maps, official):
    for level, found in enumerate(maps, 3):
        name = f"p{level}_first16" if level < 5 else f"p{level}"
        expected = official[name]
        np.testing.assert_allclose(found[:, : expected.shape[1]], expected, **CLOSE)


def test_answers(answers, official):
    for level, found in enumerate(answers):
        for mine, name in zip(found, ("logits", "reg", "ctr"), strict=True):
            np.testing.assert_allclose(mine, official[f"{name}_{level}"], **CLOSE)
    where = official["locations_0"]
    np.testing.assert_array_equal(points(answers)[0][: len(where)], where)


def test_boxes(answers, official):
    ((boxes, scores),) = proposals(answers, SURE, PREDICTING)
    np.testing.assert_allclose(scores, official["prop_scores"], **CLOSE)
    np.testing.assert_allclose(boxes, official["prop_boxes"], **PIXELS)


def test_masks(network, maps, official):
    boxes, scores = official["given_boxes"], official["given_scores"]
    np.testing.assert_array_equal(levels(boxes, SIZE) + 3, official["given_levels"])
    with torch.inference_mode():
        seen = network.seen(maps, [boxes], SIZE)
        masks, ranks = network.masks(maps, boxes, scores, SIZE)
    np.testing.assert_allclose(seen[:, :16], official["given_rois_first16"], **CLOSE)
    np.testing.assert_allclose(masks, official["given_masks"][:, 0], **CLOSE)
    np.testing.assert_allclose(ranks, official["given_mask_scores"], **CLOSE)


def test_targets_and_losses(answers, official):
    targets = point_targets(points(answers), official["gt_boxes"])
    np.testing.assert_array_equal(targets.is_cell, official["target_labels"] == 0)
    cells = targets.is_cell
    np.testing.assert_allclose(targets.sides[cells], official["target_reg"][cells], **CLOSE)
    names = ("loss_fcos_cls", "loss_fcos_loc", "loss_fcos_ctr")
    for found, name in zip(point_losses(answers, [targets]), names, strict=True):
        assert float(found) == pytest.approx(float(official[name]), rel=1e-5)


def test_the_larger_backbone(image, official, shapes, tmp_path):
    path = tmp_path / "model_final.pth"
    torch.save({"model": seeded_state(shapes["two"]), "iteration": 99_999}, path)
    network, _ = load_checkpoint(path, CenterMask2().design())
    path.unlink()
    with torch.inference_mode():
        maps = network.maps(image[:, :, :64, :64])
    for level in (3, 4, 5):
        np.testing.assert_allclose(maps[level - 3], official[f"v99_p{level}"], **CLOSE)
