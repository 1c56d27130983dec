import numpy as np
import pytest
import torch

from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.methods.deepcell.checkpoint import save_checkpoint
from napari_cellbench.methods.deepcell.retinamask import RetinaMaskParameters
from napari_cellbench.methods.deepcell.retinamask.anchors import AnchorDesign
from napari_cellbench.methods.deepcell.retinamask.checkpoint import load_checkpoint
from napari_cellbench.methods.deepcell.retinamask.network import RetinaMaskNet, RetinaShape
from napari_cellbench.methods.deepcell.retinamask.overlaps import disentangled, labelled, pasted
from napari_cellbench.methods.deepcell.retinamask.predictor import RetinaMaskPredictor
from napari_cellbench.methods.deepcell.retinamask.sampling import sample
from napari_cellbench.methods.deepcell.settings import InputSettings
from napari_cellbench.methods.recognition import recognise

from ..conftest import shapes_of, write_keras
from .conftest import FOUR

SMALL = RetinaShape(1, (1, 2), 3, 8, (1,), 16)


@pytest.fixture
def network():
    torch.manual_seed(0)
    made = RetinaMaskNet(SMALL).eval()
    # Else it is sure that there is nothing.
    torch.nn.init.normal_(made["pyramid_classification"].weight, std=1.0)
    torch.nn.init.zeros_(made["pyramid_classification"].bias)
    return made


def test_shapes_are_told_by_the_file(files, tmp_path):
    network, settings, design = load_checkpoint(files["a"])
    assert network.shape == RetinaShape()
    assert settings == InputSettings(("nucleus", "whole_cell"))
    assert design == AnchorDesign((1, 2), (1.0,))
    four = write_keras(tmp_path / "four.h5", shapes_of("retinamask")[FOUR])
    network, settings, design = load_checkpoint(four)
    assert network.shape == RetinaShape(1, (1, 2, 3, 4), 9, 64, (3, 4, 6), 256)
    assert design == AnchorDesign((1, 2, 3, 4), (0.5, 1.0, 2.0))


def test_is_recognised(files):
    method, is_known = recognise(files["a"])
    assert (method.key, is_known) == ("retinamask", True)


@pytest.mark.parametrize(("ratios", "told"), [("[1.0, 2.0]", (1.0, 2.0)), (None, None)])
def test_own_checkpoint_tells_its_ratios(tmp_path, ratios, told):
    network = RetinaMaskNet(RetinaShape(1, (1, 2), 6, 8, (1,), 16))
    more = {} if ratios is None else {"ratios": ratios}
    save_checkpoint(tmp_path / "own.safetensors", network, "retinamask", InputSettings(), **more)
    design = load_checkpoint(tmp_path / "own.safetensors")[2]
    assert (design.ratios if design else None) == told


def test_six_anchors_follow_the_parameter():
    torch.manual_seed(0)
    network = RetinaMaskNet(RetinaShape(1, (1, 2), 6, 8, (1,), 16)).eval()
    predictor = RetinaMaskPredictor(network, InputSettings(), None, "cpu")
    image = torch.rand(1, 1, 32, 32)
    found = {}
    for kind in ("wide", "tall"):
        parameters = RetinaMaskParameters(score_threshold=0.0, anchors=kind)
        with torch.inference_mode():
            boxes, *_ = predictor.detect(image, (32, 32), parameters)
        inside = ((boxes > 0) & (boxes < 31)).all(1)
        width, height = (boxes[inside, 2:] - boxes[inside, :2]).mean(0)
        found[kind] = float(height / width)
    assert found["wide"] < 0.95 < 1.05 < found["tall"]


@pytest.mark.parametrize("overlaps", ["share out", "keep"])
def test_images_of_any_size(network, overlaps):
    predictor = RetinaMaskPredictor(network, InputSettings(), AnchorDesign((1, 2), (1.0,)), "cpu")
    image = np.random.default_rng(0).integers(0, 255, (1, 37, 45)).astype(np.uint8)
    parameters = RetinaMaskParameters(overlaps=overlaps)
    found = predictor.predict(
        image, ("nucleus",), parameters, ExactStatistics(image), lambda *_: None
    )
    assert found.shape == (37, 45)
    assert len(found) > 1
    assert len(found.scores) == len(found)
    assert (found.scores > 0.5).all()


def test_samples_are_bilinear_and_zero_outside():
    ramp = torch.arange(12.0).repeat(10, 1)[None]
    inside = sample(ramp, torch.tensor([[2.0, 3.0, 8.0, 7.0]]), 11)[0, 0]
    np.testing.assert_allclose(inside, np.linspace(2, 7, 11)[None].repeat(11, 0), rtol=1e-5)
    # From 3 rows before the first to 2 after it: of 7 samples the last three lie inside.
    beyond = sample(ramp + 1, torch.tensor([[-4.0, 0.0, 3.0, 4.0]]), 7)[0, 0]
    assert not beyond[:, :4].any()
    assert beyond[:, 4:].all()


def test_coarse_maps_are_sampled_as_if_they_were_enlarged():
    torch.manual_seed(0)
    coarse = torch.rand(3, 8, 8)
    boxes = torch.tensor([[1.5, 2.25, 9.0, 14.0], [0.0, 0.0, 16.0, 16.0]])
    fine = torch.nn.functional.interpolate(coarse[None], scale_factor=2)[0]
    torch.testing.assert_close(sample(coarse, boxes, 14, 2), sample(fine, boxes, 14))


def squares(*corners, side=12):
    boxes = np.array([(x, y, x + side, y + side) for x, y in corners], float)
    return boxes, pasted(boxes, np.ones((len(boxes), 28, 28)), (60, 60), 0.5)


def test_what_two_masks_want_is_shared_out():
    boxes, masks = squares((5, 5), (13, 5), (40, 40))
    labels = disentangled(boxes, masks)
    assert set(np.unique(labels)) == {0, 1, 2, 3}
    np.testing.assert_array_equal(labels > 0, masks.any(0))
    np.testing.assert_array_equal(labels == 3, masks[2])
    shared = labels[masks[0] & masks[1]]
    assert {1, 2} == set(shared)


def test_crowded_masks_go():
    """Three that overlap each other by more than a quarter, and one alone."""
    boxes, masks = squares((5, 5), (7, 5), (9, 5), (40, 40))
    assert set(np.unique(disentangled(boxes, masks))) == {0, 4}


def test_scores_go_with_their_masks():
    boxes, masks = squares((5, 5), (40, 40))
    found = labelled(boxes, masks, np.array([0.6, 0.9]), 0)
    assert found.scores.tolist() == pytest.approx([0.6, 0.9])
    assert not len(labelled(boxes, masks, np.array([0.6, 0.9]), 145))


def test_no_boxes_give_no_objects():
    found = labelled(np.zeros((0, 4)), np.zeros((0, 20, 20), bool), np.zeros(0), 0)
    assert found.shape == (20, 20)
    assert not len(found)
