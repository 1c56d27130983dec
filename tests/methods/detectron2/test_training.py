import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from napari_cellbench.methods import Lesson, TrainingSettings
from napari_cellbench.methods.detectron2.checkpoint import load_checkpoint, save_checkpoint
from napari_cellbench.methods.detectron2.design import LARGEST, enlargement
from napari_cellbench.methods.detectron2.settings import InputSettings
from napari_cellbench.methods.detectron2.training import DetectionTask

from ..mmdet.conftest import disc_sample
from .small import KINDS, SmallCenterMask2, small_checkpoint

SETTINGS = InputSettings.fresh("BGR", ("nucleus",), 2.0, 48)
FEW = TrainingSettings(steps=1, batch=2, patch=48, learning_rate=1e-3)


class Seen:
    """Keeps what a network is asked to learn."""

    def loss(self, x, objects):
        self.x, self.objects = x, objects
        return x.sum()


def test_patches_are_enlarged_with_their_cells():
    image = np.zeros((96, 96, 1), np.float32)
    labels = np.zeros((96, 96), np.uint16)
    labels[40:56, 30:50] = 5
    image[labels > 0] = 1
    task = DetectionTask([image], [labels], SETTINGS, patch=48, batch=3)
    batch, network = task.batch(np.random.default_rng(0)), Seen()
    task.step(network, batch, "cpu")
    assert network.x.shape == (3, 3, 96, 96)
    for boxes_of, seen in zip(network.objects, batch[1], strict=True):
        assert boxes_of.masks.sum() == 4 * (seen > 0).sum()
        ys, xs = np.nonzero(seen)
        expected = [2 * xs.min(), 2 * ys.min(), 2 * xs.max() + 2, 2 * ys.max() + 2]
        assert boxes_of.boxes[0].tolist() == expected


def test_small_cells_are_enlarged():
    labels = np.zeros((100, 100), np.uint16)
    labels[10:20, 10:20], labels[40:50, 40:50] = 1, 2
    assert enlargement([labels], 32) == 4
    assert enlargement([labels], 16) == 2
    assert enlargement([labels], 5) == 1
    assert enlargement([labels], 500) == LARGEST


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.key)
@pytest.mark.parametrize(
    "roles", [("nucleus",), ("nucleus", "whole_cell"), ("red", "green", "blue")]
)
def test_channels_are_kept_in_the_checkpoint(kind, roles, tmp_path):
    sample = disc_sample(0, roles)
    path = kind().train(Lesson([sample], "nucleus", FEW, tmp_path / "run"))
    _, settings = load_checkpoint(path, kind().design())
    assert settings.roles == roles
    assert (settings.order, settings.window) == (kind.order, 48)
    assert settings.preprocessing == "percentiles"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.key)
def test_a_checkpoint_for_cells_keeps_its_preparation(kind, tmp_path):
    """SegGal's have a scale, a mean and a deviation of their own."""
    network, _ = load_checkpoint(small_checkpoint(kind, tmp_path), kind().design())
    before = replace(InputSettings.of_seggal(kind.order), scale=1.5)
    start = tmp_path / "start.safetensors"
    save_checkpoint(start, network, kind.key, before)
    path = kind().train(Lesson([disc_sample(0)], "nucleus", FEW, tmp_path / "run", start=start))
    _, after = load_checkpoint(path, kind().design())
    assert after == replace(before, roles=("nucleus",), window=48)
    report = json.loads((tmp_path / "run" / "start.json").read_text())
    assert report == {"missing": [], "unexpected": [], "reshaped": []}


@pytest.mark.parametrize("names", [True, False])
def test_weights_for_photographs_see_intensities_as_they_were_trained(names, tmp_path):
    """CenterMask2's own were trained without dividing by a deviation; a file may say otherwise."""
    kind = SmallCenterMask2
    network, _ = load_checkpoint(small_checkpoint(kind, tmp_path), kind().design())
    state = network.state_dict()
    head = "proposal_generator.fcos_head.cls_logits"
    state[f"{head}.weight"] = state[f"{head}.weight"].repeat(80, 1, 1, 1)
    state[f"{head}.bias"] = state[f"{head}.bias"].repeat(80)
    if names:
        state["pixel_std"] = torch.full((3, 1, 1), 57.0)
    torch.save({"model": state}, tmp_path / "coco.pth")
    run = tmp_path / "run"
    path = kind().train(Lesson([disc_sample(0)], "nucleus", FEW, run, start=tmp_path / "coco.pth"))
    _, settings = load_checkpoint(path, kind().design())
    assert settings.mean == (103.53, 116.28, 123.675)
    assert settings.std == ((57.0,) if names else (1.0,)) * 3
    report = json.loads((run / "start.json").read_text())
    assert report["reshaped"] == [f"{head}.bias", f"{head}.weight"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.key)
def test_patches_without_cells_are_learnt_from(kind):
    torch.manual_seed(0)
    network = kind().design().new().train()
    labels = np.zeros((48, 48), np.uint16)
    image = np.random.default_rng(0).random((48, 48, 1)).astype(np.float32)
    task = DetectionTask([image], [labels], SETTINGS, patch=48, batch=2)
    loss = task.step(network, task.batch(np.random.default_rng(0)), "cpu")
    loss.backward()
    assert 0 < loss.item() < 100
    assert all(p.grad is None or p.grad.isfinite().all() for p in network.parameters())
