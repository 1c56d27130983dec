import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from napari_cellbench.data import Instances
from napari_cellbench.data.sample import RGB
from napari_cellbench.errors import InputError
from napari_cellbench.methods import Lesson, TrainingSettings, methods
from napari_cellbench.methods.mmdet import architectures
from napari_cellbench.methods.mmdet.checkpoint import load_checkpoint, load_start
from napari_cellbench.methods.mmdet.network import build_network
from napari_cellbench.methods.mmdet.settings import InputSettings
from napari_cellbench.methods.mmdet.training import DetectionTask, _objects

from .conftest import disc_sample

# One of each kind of backbone and of head; the others combine the same parts.
KEYS = (
    "ms_rcnn",
    "cascade_mask_rcnn_seesaw",
    "swin_t",
    "solov2",
    "hrnet",
    "res2net",
    "mask2former",
)
SETTINGS = InputSettings(*architectures.IMAGENET, for_cells=True)
DUAL = replace(SETTINGS, mean=SETTINGS.mean[:2], std=SETTINGS.std[:2])

pytestmark = pytest.mark.filterwarnings("ignore:torch.meshgrid:UserWarning")


@pytest.fixture(scope="module")
def task(samples) -> DetectionTask:
    images = [sample.image.transpose(1, 2, 0).astype(np.float32) / 140 for sample in samples]
    labels = [sample.truth["nucleus"].to_labels().astype(np.uint16) for sample in samples]
    return DetectionTask(images, labels, DUAL, patch=64, batch=2)


@pytest.mark.parametrize("key", KEYS)
def test_every_network_starts_from_random_weights_without_overflow(key, task):
    """With kept statistics of random weights, HRNet's and Res2Net's losses were no numbers."""
    torch.manual_seed(0)
    network = load_start(None, key, methods()[key].architecture, DUAL).network.train()
    task_batch = task.batch(np.random.default_rng(0))
    loss = task.step(network, task_batch, "cpu")
    loss.backward()
    assert 0 < loss.item() < 1000
    gradients = [p.grad for p in network.parameters() if p.grad is not None]
    assert len(gradients) > 50
    assert all(gradient.isfinite().all() for gradient in gradients)


def test_batches(task):
    inputs, objects = task.batch(np.random.default_rng(0))
    assert inputs.shape == (2, 2, 64, 64)
    assert inputs.dtype == torch.float32
    for sample in objects:
        truth = sample.gt_instances
        assert len(truth) > 0
        for box, mask in zip(truth.bboxes, truth.masks.masks, strict=True):
            ys, xs = np.nonzero(mask)
            assert box.tolist() == [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
    again, _ = task.batch(np.random.default_rng(0))
    torch.testing.assert_close(again, inputs)


def test_slivers_are_left_out():
    labels = np.zeros((32, 32), np.uint16)
    labels[:10, :10], labels[31, 5:20], labels[20, 20] = 1, 2, 3
    (box,) = _objects(labels).gt_instances.bboxes.tolist()
    assert box == [0, 0, 10, 10]
    assert len(_objects(labels * 0).gt_instances) == 0


@pytest.mark.parametrize(
    ("roles", "seen", "channels"),
    [
        (("nucleus",), ("nucleus",), 3),
        (("phase",), ("phase",), 3),
        (("phase", "nucleus"), ("nucleus",), 3),
        (("whole_cell", "nucleus"), ("nucleus", "whole_cell"), 2),
        (("green", "red", "blue"), RGB, 3),
    ],
)
def test_learns_what_the_images_have(small, roles, seen, channels, tmp_path):
    images = [disc_sample(0, roles)]
    settings = TrainingSettings(steps=1, batch=1, patch=50)
    checkpoint = small.train(Lesson(images, "nucleus", settings, tmp_path))
    _, learnt = load_checkpoint(checkpoint, small.key, small.architecture)
    assert learnt.roles == seen
    assert len(learnt.mean) == channels
    assert learnt.window == 64
    assert learnt.for_cells


def test_lists_what_of_the_start_did_not_fit(small, samples, tmp_path):
    settings = TrainingSettings(steps=1, batch=1, patch=64)
    state = build_network(small.architecture, 3, for_cells=False).state_dict()
    head = "roi_head.bbox_head.fc_cls.weight"
    torch.save({**state, head: torch.zeros(81, 64), "ema.decay": torch.ones(1)}, tmp_path / "a.pth")
    small.train(Lesson(samples, "nucleus", settings, tmp_path / "run", start=tmp_path / "a.pth"))
    assert json.loads((tmp_path / "run" / "start.json").read_text()) == {
        "missing": [],
        "unexpected": ["ema.decay"],
        "reshaped": [head],
    }


def test_images_must_have_the_same_channels(small, samples, tmp_path):
    other = disc_sample(1, ("nucleus", "whole_cell"))
    with pytest.raises(InputError, match="takes nucleus, whole cell"):
        small.train(Lesson([other, samples[0]], "nucleus", TrainingSettings(steps=1), tmp_path))


def test_overlapping_truth_is_flattened(small, tmp_path):
    sample = disc_sample(0)
    masks = np.zeros((2, 96, 96), bool)
    masks[0, 10:40, 10:40] = masks[1, 30:60, 30:60] = True
    truth = {"nucleus": Instances.from_masks(masks, (96, 96))}
    settings = TrainingSettings(steps=1, batch=1, patch=64)
    assert small.train(
        Lesson([replace(sample, truth=truth)], "nucleus", settings, tmp_path)
    ).exists()
