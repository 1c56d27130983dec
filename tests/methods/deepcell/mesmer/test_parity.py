"""The same numbers and objects as DeepCell's own network and toolbox."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.methods.deepcell.losses import weighted_cross_entropy
from napari_cellbench.methods.deepcell.mesmer.checkpoint import load_checkpoint
from napari_cellbench.methods.deepcell.mesmer.watershed import (
    NUCLEUS,
    SEGGAL,
    WHOLE_CELL,
    DeepWatershed,
    deep_watershed,
)
from napari_cellbench.methods.deepcell.mesmer.windows import Windows
from napari_cellbench.methods.deepcell.resnet import resnet_levels
from napari_cellbench.methods.deepcell.targets import inner_distance, pixelwise
from napari_cellbench.methods.shared.preprocessing import prepare


@pytest.fixture(scope="module")
def official(references):
    with np.load(references / "mesmer.npz") as found:
        return dict(found)


@pytest.fixture(scope="module")
def post(references):
    with np.load(references / "mesmer_post.npz") as found:
        return dict(found)


def first_channels(array):
    return torch.from_numpy(array.transpose(0, 3, 1, 2))


def test_network(official, dual):
    network, *_ = load_checkpoint(dual)
    seen = {}
    for name in ("conv_channels", "P3"):
        network[name].register_forward_hook(lambda _, __, out, name=name: seen.update({name: out}))
    with torch.inference_mode():
        found = network(first_channels(official["net64_x"]))
        levels = resnet_levels(network, seen["conv_channels"], network.shape.blocks)
    ends = ("conv2_block3_out", "conv3_block4_out", "conv4_block6_out", "conv5_block3_out")
    seen |= dict(zip(ends, levels[1:], strict=True))
    for name, output in seen.items():
        expected = first_channels(official[f"net64_layer_{name}"])
        np.testing.assert_allclose(output, expected, rtol=1e-5, atol=1e-5)
    for head, output in enumerate(found):
        expected = first_channels(official[f"net64_semantic_{head}"])
        np.testing.assert_allclose(output, expected, rtol=1e-5, atol=1e-6)


def test_loss(official):
    truth = first_channels(official["loss_loss_onehot"][None].astype(np.float32))
    found = weighted_cross_entropy(first_channels(official["loss_loss_prob"][None]), truth)
    np.testing.assert_allclose(found[0], official["loss_wcce"], rtol=1e-5)
    assert not np.allclose(found[0], official["loss_wcce_swapped"], rtol=0.1)


@pytest.mark.parametrize(
    ("name", "options"),
    [("inner_auto_erode1", {}), ("inner_alpha01_erode0", {"erode": False, "alpha": 0.1})],
)
def test_distances(post, name, options):
    found = inner_distance(post["labels"], **options)
    np.testing.assert_allclose(found, post[name], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "separate"), [("3", False), ("4", True)])
def test_classes(post, name, separate):
    found = pixelwise(post["labels"], separate_edges=separate)
    expected = post[f"pixelwise{name}_dilate1"].transpose(2, 0, 1)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("defaults", DeepWatershed()),
        ("mesmer_wholecell", WHOLE_CELL),
        ("mesmer_nuclear", NUCLEUS),
        ("seggal", SEGGAL),
        ("seggal_smooth2", replace(SEGGAL, interior_smooth=2)),
        ("peak", DeepWatershed(min_size=15, seeds="peaks")),
        ("erosion1", DeepWatershed(radius=2, interior_threshold=0.2, erosion=1)),
    ],
)
def test_watershed(post, name, how):
    found = deep_watershed(post["maxima"], post["interior"], how)
    assert found.max() > 30
    np.testing.assert_array_equal(found, post[f"dw_{name}"])


def test_preparation(post):
    raw = post["raw"].transpose(2, 0, 1)
    found = prepare(raw, (0, 1), ExactStatistics(raw), "as Mesmer")
    np.testing.assert_allclose(found, post["mesmer_preprocess"].transpose(2, 0, 1), atol=1e-6)


def test_windows(post):
    image = post["tile_input"].astype(np.float32)
    windows = Windows.over(image.shape, 64)
    assert windows.pad == tuple(map(tuple, post["tile_pad"]))
    starts = np.array(windows.starts).T
    np.testing.assert_array_equal(starts, [post["tile_x_starts"], post["tile_y_starts"]])
    tiles = [
        tile * np.float32(1 + number / 10) for number, tile in enumerate(windows.cut(image[None]))
    ]
    found = windows.blend(tiles)[0]
    np.testing.assert_allclose(found, post["untile_output"], rtol=1e-4, atol=1e-5)
