"""What training has of its own; what all methods have in common is in `test_training` above."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the mediar extra")

from napari_cellbench.methods import Lesson, TrainingSettings  # noqa: E402
from napari_cellbench.methods.mediar.cells import without_edges  # noqa: E402
from napari_cellbench.methods.mediar.checkpoint import read, save_checkpoint  # noqa: E402
from napari_cellbench.methods.mediar.settings import InputSettings  # noqa: E402
from napari_cellbench.methods.mediar.training import MediarTask, losses  # noqa: E402
from napari_cellbench.methods.replay import with_replay  # noqa: E402

from ..mmdet.conftest import disc_sample  # noqa: E402
from .small import SmallMediar, small_network  # noqa: E402

ONE = TrainingSettings(steps=1, batch=1, patch=32, learning_rate=1e-4)
"""The smallest patches that a user can ask for."""


def train(tmp_path, start=None, samples=None):
    samples = samples or [disc_sample(0)]
    return SmallMediar().train(Lesson(samples, "nucleus", ONE, tmp_path / "run", start))


def test_a_new_network_leaves_edges_out_and_its_checkpoint_says_so(tmp_path):
    assert read(train(tmp_path)).settings == InputSettings(("nucleus",), 64, edge=1)


def test_published_weights_go_on_with_whole_cells(tmp_path):
    weights = tmp_path / "weights"
    weights.mkdir()
    for number in (1, 2):
        torch.save(small_network(number).state_dict(), weights / f"from_phase{number}.pth")
    # Of both the first.
    trained = train(tmp_path, weights)
    assert read(trained).settings == InputSettings(("nucleus",), 64, edge=0)
    report = json.loads((tmp_path / "run" / "start.json").read_text("utf-8"))
    assert not any(report.values())
    name = "decoder.center.out_conv.weight"
    first = small_network(1).state_dict()[name]
    torch.testing.assert_close(read(trained).state[name], first, rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize("edge", [0, 1])
def test_own_checkpoints_go_on_as_they_began(tmp_path, edge):
    path = tmp_path / "own.safetensors"
    save_checkpoint(path, small_network(), InputSettings(("phase",), 96, edge))
    assert read(train(tmp_path, path)).settings == InputSettings(("nucleus",), 64, edge)


@pytest.mark.parametrize("edge", [False, True])
def test_targets_are_those_of_the_patch(edge):
    labels = np.zeros((96, 96), np.uint16)
    labels[20:60, 20:60] = 1
    image = np.repeat((labels > 0)[..., None], 3, 2).astype(np.float32)
    task = MediarTask([image], [labels], 64, 2, edge)
    task.augmentation = task.augmentation.__class__(scale=(1, 1), strong=0)
    rng = np.random.default_rng(0)
    images, flows, cells, valid = (tensor.numpy() for tensor in task.batch(rng))
    assert images.shape == (2, 3, 64, 64)
    length = np.sqrt((flows**2).sum(1, keepdims=True))
    assert not length[cells == 0].any()
    assert np.mean(np.abs(length[cells > 0] - 1) < 1e-5) > 0.98
    assert set(np.unique(valid)) <= {0, 1}
    rng = np.random.default_rng(0)
    _, seen, _ = task.draw(rng)
    expected = without_edges(seen) if edge else seen
    np.testing.assert_array_equal(cells[0, 0] > 0, expected > 0)


def test_pixels_outside_of_the_image_do_not_count():
    rng = np.random.default_rng(0)
    output, flows = (torch.from_numpy(rng.normal(size=(1, n, 8, 8))) for n in (3, 2))
    cells = torch.from_numpy(rng.integers(0, 2, (1, 1, 8, 8))).double()
    valid = torch.ones_like(cells)
    valid[..., 5:] = 0
    found = losses(output, flows, cells, valid)
    inside = [tensor[..., :5] for tensor in (output, flows, cells, valid)]
    for one, expected in zip(found, losses(*inside), strict=True):
        torch.testing.assert_close(one, expected)
    assert all(torch.isfinite(one) for one in losses(output, flows, cells, 0 * valid))


def test_replay(tmp_path):
    mixed = with_replay([disc_sample(0)], [disc_sample(1), disc_sample(2)], share=0.5)
    assert len(mixed) == 4
    assert train(tmp_path, samples=mixed).exists()
