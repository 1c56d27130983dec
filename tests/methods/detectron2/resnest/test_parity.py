"""The same numbers as the original, a fork of detectron2 0.1.1."""

import numpy as np
import pytest
import torch

from napari_cellbench.methods.detectron2 import ResNeSt
from napari_cellbench.methods.detectron2.checkpoint import load_checkpoint
from napari_cellbench.methods.detectron2.network import Kept, Limits
from napari_cellbench.methods.detectron2.regions import clipped, moved
from napari_cellbench.methods.detectron2.resnest.heads import levels
from napari_cellbench.methods.detectron2.resnest.network import WEIGHTS
from napari_cellbench.methods.detectron2.resnest.proposing import PREDICTING, proposals
from napari_cellbench.methods.detectron2.settings import COCO, LIVECELL

CLOSE = {"rtol": 1e-5, "atol": 1e-4}
"""The cascade has 200 layers, whose sums may be rounded in another order."""
PIXELS = {"rtol": 1e-5, "atol": 1e-3}
SIZE = (96, 128)
KEPT = {"r50": Kept(1000, 1000), "seggal": PREDICTING}
"""Proposals in the settings of each."""


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Several threads add up in another order: among equal boxes others would be kept."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def official(references, kind):
    with np.load(references / "resnest.npz") as found:
        return {
            name.removeprefix(f"{kind}_"): torch.from_numpy(np.array(value))
            for name, value in found.items()
            if name == "image" or name.startswith(f"{kind}_")
        }


@pytest.fixture(scope="module")
def network(file):
    return load_checkpoint(file, ResNeSt().design())[0]


@pytest.fixture(scope="module")
def image(official, kind):
    mean, std = (
        torch.tensor(values)[:, None, None] for values in (COCO if kind == "r50" else LIVECELL)
    )
    return ((official["image"].float() - mean) / std)[None]


@pytest.fixture(scope="module")
def maps(network, image):
    with torch.inference_mode():
        return network.maps(image)


def test_network(network, image, maps, official):
    with torch.inference_mode():
        stages = network.backbone.bottom_up(image)
    seen = {f"res{stage}": found for stage, found in enumerate(stages, 2)}
    seen |= {f"p{level}": found for level, found in enumerate(maps, 2)}
    compared = 0
    for name, expected in official.items():
        of, _, first = name.partition("_first")
        if of in seen:
            count = int(first) if first else None
            np.testing.assert_allclose(seen[of][:, :count], expected, **CLOSE)
            compared += 1
    assert compared == 8


def test_proposals(network, maps, official, kind):
    with torch.inference_mode():
        answers = network.proposal_generator(maps)
        (boxes,) = proposals(answers, SIZE, KEPT[kind])
    assert len(answers) == (5 if kind == "r50" else 6)
    for number, answer in enumerate(answers):
        expected = official[f"anchors_{number}_first20"]
        np.testing.assert_allclose(answer.anchors[: len(expected)], expected, **PIXELS)
        if number:
            logits = official[f"rpn_logits_{number}"].permute(0, 2, 3, 1).flatten(1)
            deltas = official[f"rpn_deltas_{number}"].permute(0, 2, 3, 1).reshape(1, -1, 4)
            np.testing.assert_allclose(answer.logits, logits, **CLOSE)
            np.testing.assert_allclose(answer.offsets, deltas, **CLOSE)
    same_boxes(boxes[:50], official["proposals_first50"])


def test_cells(network, maps, official, kind):
    with torch.inference_mode():
        (boxes,) = proposals(network.proposal_generator(maps), SIZE, KEPT[kind])
        boxes, scores = network.cells(maps, boxes, SIZE, Limits(0.05, 0.5))
    # Where a score lies at the threshold rounding decides.
    assert len(boxes) == pytest.approx(int(official["n_det"]), rel=1e-3)
    np.testing.assert_allclose(scores[:50], official["det_scores_first50"], **CLOSE)
    same_boxes(boxes[:50], official["det_boxes_first50"])


def test_given_boxes(network, maps, official, kind):
    boxes = official["given_boxes"]
    np.testing.assert_array_equal(levels(boxes) + 2, official["given_levels"])
    stages = ("given",) if kind == "r50" else ("stage0", "stage1", "stage2")
    with torch.inference_mode():
        masks = network.masks(maps, boxes)
        np.testing.assert_allclose(masks, official["given_masks"][:, 0], **CLOSE)
        for stage, name in enumerate(stages):
            logits, away = network.judged(maps, [boxes], stage)
            np.testing.assert_allclose(logits, official[f"{name}_scores"], **CLOSE)
            np.testing.assert_allclose(away, official[f"{name}_deltas"], **CLOSE)
            boxes = clipped(moved(boxes, away, WEIGHTS[stage]), SIZE)
            if kind == "seggal":
                np.testing.assert_allclose(boxes, official[f"{name}_boxes"], **PIXELS)


def same_boxes(found, expected):
    """Compare as sets: of equal scores either may come first."""
    away = (found[:, None] - expected).abs().amax(2)
    np.testing.assert_allclose(away.amin(0), 0, **PIXELS)
    np.testing.assert_allclose(away.amin(1), 0, **PIXELS)
