"""The same numbers and objects as DeepCell's own network, and as SegGal's postprocessing."""

import numpy as np
import pytest
import torch

from napari_cellbench.methods.deepcell.retinamask import RetinaMaskParameters
from napari_cellbench.methods.deepcell.retinamask.anchors import AnchorDesign, anchor_targets
from napari_cellbench.methods.deepcell.retinamask.checkpoint import load_checkpoint
from napari_cellbench.methods.deepcell.retinamask.losses import cells_loss, offsets_loss
from napari_cellbench.methods.deepcell.retinamask.overlaps import disentangled, pasted
from napari_cellbench.methods.deepcell.retinamask.predictor import RetinaMaskPredictor
from napari_cellbench.methods.deepcell.retinamask.training import mask_targets
from napari_cellbench.methods.shared.patches import boxes_and_masks

CLOSE = {"rtol": 1e-5, "atol": 1e-5}


@pytest.fixture(scope="module")
def official(references):
    with np.load(references / "retinamask.npz") as found:
        return dict(found)


@pytest.fixture(scope="module", params=["a", "b"])
def case(request, official, files):
    network, _, design = load_checkpoint(files[request.param])
    image = torch.from_numpy(official[f"{request.param}_x"].transpose(0, 3, 1, 2))
    mine = {
        name.removeprefix(f"{request.param}_"): torch.from_numpy(np.array(value))
        for name, value in official.items()
        if name.startswith(f"{request.param}_")
    }
    return network, design, image, mine


def test_anchors(case):
    _, design, image, expected = case
    np.testing.assert_allclose(design.boxes(*image.shape[2:]), expected["anchors"], **CLOSE)


def test_network(case):
    network, _, image, expected = case
    seen = {}
    for name in ("tensor_product", "P2"):
        network[name].register_forward_hook(lambda _, __, out, name=name: seen.update({name: out}))
    with torch.inference_mode():
        maps = network.pyramid(image)
        offsets, logits = network.answers(maps)
        masks = network.masks(maps[0], expected["boxes_input"])
    np.testing.assert_allclose(logits.sigmoid(), expected["classification"][..., 0], **CLOSE)
    np.testing.assert_allclose(masks.sigmoid(), expected["masks"][0], **CLOSE)
    if "regression" in expected:
        np.testing.assert_allclose(offsets, expected["regression"], **CLOSE)
        for name, output in seen.items():
            np.testing.assert_allclose(output.permute(0, 2, 3, 1), expected[name], **CLOSE)


def test_detections(case):
    network, design, image, expected = case
    predictor = RetinaMaskPredictor(network, None, design, "cpu")
    parameters = RetinaMaskParameters(score_threshold=0.05)
    with torch.inference_mode():
        boxes, scores, masks = predictor.detect(image, (64, 64), parameters)
    count = int(expected["n_det"])
    # In pixels.
    np.testing.assert_allclose(boxes[:count], expected["det_boxes"], rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(scores[:count], expected["det_scores"], **CLOSE)
    np.testing.assert_allclose(masks[:8].sigmoid(), expected["det_masks_first8"], **CLOSE)


def test_targets_and_losses(official):
    boxes, masks = boxes_and_masks(official["target_labels_image"])
    np.testing.assert_array_equal(boxes, official["target_boxes"])
    anchors = AnchorDesign((1, 2), (1.0,)).boxes(64, 64)
    found = anchor_targets(anchors, boxes, 64, 64)
    truth = official["target_regression"]
    np.testing.assert_array_equal(found.is_cell, truth[:, 4] == 1)
    np.testing.assert_array_equal(found.ignored, truth[:, 4] == -1)
    np.testing.assert_array_equal(found.is_cell, official["target_classification"][:, 0] == 1)
    cells = found.is_cell
    np.testing.assert_allclose(found.offsets[cells], truth[cells, :4], **CLOSE)

    offsets = torch.from_numpy(official["a_regression"][0])
    loss = offsets_loss(offsets, found.offsets, cells)
    assert float(loss) == pytest.approx(float(official["loss_regression"]), rel=1e-5)
    logits = torch.from_numpy(official["a_classification"][0, :, 0]).logit()
    loss = cells_loss(logits, cells, found.ignored)
    assert float(loss) == pytest.approx(float(official["loss_classification"]), rel=1e-5)

    targets = mask_targets(boxes, masks, len(boxes))
    np.testing.assert_allclose(targets[:4], official["target_masks28_first4"], **CLOSE)
    drawn = torch.from_numpy(official["loss_mask_prediction"])
    loss = torch.nn.functional.binary_cross_entropy(drawn, targets)
    assert float(loss) == pytest.approx(float(official["loss_masks"]), rel=1e-5)


def test_objects(official):
    sure = official["post_scores"] > RetinaMaskParameters().score_threshold
    boxes, drawn = official["post_boxes"][sure], official["post_masks"][sure]
    expected = official["post_labels"]
    masks = pasted(boxes, drawn.astype(np.float32), expected.shape, 0.5)
    found = disentangled(boxes, masks)
    assert found.max() > 30
    # The same objects; there what overlaps nothing is numbered first.
    pairs = np.unique(np.stack([found, expected]).reshape(2, -1), axis=1)
    assert pairs.shape[1] == len(np.unique(expected)) == len(np.unique(found))
