import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage as ndi

from napari_cellbench.methods.stardist.network import StarDistNet
from napari_cellbench.methods.stardist.settings import StarDistConfig
from napari_cellbench.methods.stardist.targets import StarDistTask, object_probability

CONFIG = StarDistConfig(n_rays=8, unet_n_depth=2, unet_n_filter_base=4, net_conv_after_unet=8)


@settings(deadline=None)
@given(arrays(np.int32, (12, 15), elements=st.sampled_from([0, 1, 2, 7])))
def test_probability_is_one_inside_every_object_and_none_outside(labels: np.ndarray) -> None:
    probability = object_probability(labels)
    assert probability.dtype == np.float32
    assert ((probability > 0) == (labels > 0)).all()
    present = np.unique(labels[labels > 0])
    assert (np.asarray(ndi.maximum(probability, labels, present)) == 1).all()


def test_probability_grows_towards_the_middle(disks: np.ndarray) -> None:
    """Along a radius of a disk whose centre is known, also where it touches another one."""
    probability = object_probability(disks)
    outwards = probability[20, 20:28]
    assert outwards[0] == 1
    assert (np.diff(outwards) < 0).all()
    assert (probability[60 - 11 : 60, 30][:-1] < probability[60 - 10 : 61, 30][:10]).all()


def test_probability_is_close_to_the_official_one(disks: np.ndarray) -> None:
    """StarDist measures to the next pixel outside, alone for each object."""
    from stardist.utils import edt_prob

    difference = np.abs(object_probability(disks) - edt_prob(disks))
    assert difference[disks > 0].mean() < 0.05


@pytest.fixture
def task(disks: np.ndarray) -> StarDistTask:
    noise = np.random.default_rng(0).normal(0, 0.05, (*disks.shape, 1))
    image = ((disks > 0)[..., None] + noise).astype(np.float32)
    return StarDistTask([image], [disks.astype(np.uint16)], CONFIG, patch=64, batch=3)


def test_batch(task: StarDistTask) -> None:
    image, probability, distance, valid = task.batch(np.random.default_rng(0))
    assert image.shape == (3, 1, 64, 64)
    assert probability.shape == valid.shape == (3, 1, 32, 32)
    assert distance.shape == (3, 8, 32, 32)
    assert all(tensor.dtype == torch.float32 for tensor in (image, probability, distance, valid))
    assert all(tensor.isfinite().all() for tensor in (image, probability, distance, valid))
    assert 0 <= probability.min() < probability.max() <= 1
    assert ((distance.sum(1, keepdim=True) > 0) == (probability > 0)).all()
    assert set(valid.unique().tolist()) <= {0, 1}


def test_batches_follow_the_random_numbers(task: StarDistTask) -> None:
    first, again, other = (task.batch(np.random.default_rng(seed)) for seed in (1, 1, 2))
    # OpenCV 5 rounds distances differently from call to call.
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0])


def test_the_truth_has_the_least_loss(task: StarDistTask) -> None:
    batch = task.batch(np.random.default_rng(0))
    _, probability, distance, _ = batch
    logits = torch.logit(probability, eps=1e-6)
    best = task.loss((logits, distance), batch)
    assert best < task.loss((logits + 1, distance), batch)
    assert best < task.loss((logits, distance * 1.1), batch)


def test_pixels_outside_the_image_do_not_count(task: StarDistTask) -> None:
    image, probability, distance, valid = task.batch(np.random.default_rng(0))
    valid = valid.clone()
    valid[..., :16] = 0
    batch = image, probability, distance, valid
    logits = torch.zeros_like(probability)
    changed = logits.clone()
    changed[..., :16] = 9
    assert task.loss((changed, distance), batch) == task.loss((logits, distance), batch)


def test_learning_one_batch_lowers_its_loss(task: StarDistTask) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = StarDistNet(CONFIG)
    batch = task.batch(np.random.default_rng(0))
    optimizer = torch.optim.AdamW(network.parameters(), 3e-3)
    losses = []
    for _ in range(30):
        loss = task.loss(network(batch[0]), batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert np.isfinite(losses).all()
    assert losses[1] < losses[0]
    assert losses[-1] < 0.8 * losses[0]
