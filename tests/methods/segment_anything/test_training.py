"""SAM's mask decoder learns cells, and stays SAM's."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from segment_anything.build_sam import _build_sam
from tests.methods.mmdet.conftest import disc_sample
from tests.methods.segment_anything.conftest import SIZES

from napari_cellbench.data import Instances
from napari_cellbench.errors import Cancelled, InputError
from napari_cellbench.methods import Lesson, TrainingSettings, get_method
from napari_cellbench.methods.segment_anything.network import load_sam
from napari_cellbench.methods.segment_anything.seen_views import SeenView
from napari_cellbench.methods.segment_anything.simulated import draw
from napari_cellbench.methods.segment_anything.training import CellDecoder, loss
from napari_cellbench.methods.shared.weights import read_state_dict

SETTINGS = TrainingSettings(steps=3, batch=2, learning_rate=1e-3, snapshot=3)


@pytest.fixture
def samples():
    return [disc_sample(seed) for seed in range(2)]


@pytest.fixture
def train(small_sam, samples, monkeypatch):
    """Trains on one view of each image: a view takes seconds."""
    monkeypatch.setattr("napari_cellbench.methods.segment_anything.seen_views.OF_EACH", 1)

    def run(folder, settings=SETTINGS, report=lambda update: None, images=samples):
        method = get_method("segment_anything")
        lesson = Lesson(images, "nucleus", settings, folder, small_sam, "cpu", report)
        return method.train(lesson)

    return run


def test_learns(train, tmp_path, samples):
    losses = []
    settings = replace(SETTINGS, steps=12)
    train(tmp_path / "run", settings, lambda u: losses.append(u.loss), samples[:1])
    assert np.mean(losses[-4:]) < 0.8 * np.mean(losses[:4])


def test_goes_on_as_if_it_had_not_been_stopped(train, tmp_path):
    def stop(update):
        if update.step == 1:
            raise Cancelled("Stopped.")

    whole = train(tmp_path / "whole")
    with pytest.raises(Cancelled):
        train(tmp_path / "parts", report=stop)
    parts = train(tmp_path / "parts")
    assert whole.read_bytes() == parts.read_bytes()


def test_only_the_mask_decoder_is_taught_and_names_are_the_published_ones(
    train, tmp_path, small_sam
):
    checkpoint = train(tmp_path / "run")
    before, after = read_state_dict(small_sam)[0], read_state_dict(checkpoint)[0]
    changed = {name for name in before if not torch.equal(before[name].half(), after[name])}
    assert changed
    assert all(name.startswith("mask_decoder.") for name in changed)
    network = _build_sam(**SIZES)
    network.load_state_dict(after)
    load_sam(checkpoint)


def test_says_what_is_wrong(samples, tmp_path, small_sam, train):
    method = get_method("segment_anything")
    with pytest.raises(InputError, match="isn't trained from nothing"):
        method.train(Lesson(samples, "nucleus", SETTINGS, tmp_path / "run"))
    with pytest.raises(InputError, match="no images"):
        train(tmp_path / "run", images=[])
    empty = {"nucleus": Instances.from_labels(np.zeros((96, 96), np.int32))}
    with pytest.raises(InputError, match="no annotated nucleus"):
        train(tmp_path / "run", images=[replace(samples[0], truth=empty)])
    assert not (tmp_path / "run").exists()


def test_an_image_without_cells_beside_others(train, tmp_path, samples):
    empty = {"nucleus": Instances.from_labels(np.zeros((96, 96), np.int32))}
    train(tmp_path / "run", images=[replace(samples[0], truth=empty), samples[1]])
    assert json.loads((tmp_path / "run/metrics.jsonl").read_text())["step"] == 3


@pytest.mark.parametrize("seed", range(8))
def test_the_decoder_is_the_original_one(small_sam, seed):
    """In the windows it gives what segment_anything's own decoder gives there."""
    network = load_sam(small_sam)
    rng = np.random.default_rng(seed)
    labels = np.zeros((200, 240), np.uint16)
    labels[60:90, 70:110], labels[120:140, 20:60] = 1, 2
    features = torch.from_numpy(rng.normal(size=(1, 256, 64, 64)).astype(np.float32))
    view = SeenView(features[0].numpy().astype(np.float16), labels, 40.0)
    asked = draw(rng, [view], 2).asked
    with torch.inference_mode():
        masks, iou = CellDecoder(network)(features, asked)
        points = None if asked.points is None else (asked.points, asked.positive)
        sparse, dense = network.prompt_encoder(points=points, boxes=asked.boxes, masks=None)
        expected, expected_iou = network.mask_decoder.predict_masks(
            features, network.prompt_encoder.get_dense_pe(), sparse, dense
        )
    torch.testing.assert_close(iou, expected_iou, rtol=1e-4, atol=1e-5)
    side = 4 * asked.side
    for mask, whole, (y, x) in zip(masks, expected, asked.corners, strict=True):
        cut = whole[:, 4 * y : 4 * y + side, 4 * x : 4 * x + side]
        torch.testing.assert_close(mask, cut, rtol=1e-4, atol=1e-4)


class TestLoss:
    def test_is_small_for_the_truth_and_large_for_its_opposite(self):
        truth = torch.zeros(1, 16, 16)
        truth[:, 4:10, 5:9] = 1
        right = (truth * 40 - 20)[:, None].expand(-1, 4, -1, -1)
        sure = torch.ones(1, 4)
        assert loss(right, sure, truth, certain=True) < 1e-3
        assert loss(-right, sure, truth, certain=True) > 10

    def test_of_doubtful_prompts_the_best_mask_counts(self):
        truth = torch.zeros(1, 16, 16)
        truth[:, 4:10, 5:9] = 1
        right = truth * 40 - 20
        logits = torch.stack([-right, -right, right, -right], 1)
        expected = torch.tensor([[0.0, 0.0, 1.0, 0.0]])
        assert loss(logits, expected, truth, certain=False) < 1e-3
        assert loss(logits, expected, truth, certain=True) > 10
