"""The same numbers and objects as the official package; see ``references/make_stardist.py``."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.methods.shared.preprocessing import normalise
from napari_cellbench.methods.stardist import StarDist, StarDistParameters
from napari_cellbench.methods.stardist.checkpoint import load_checkpoint
from napari_cellbench.methods.stardist.inference import blocks, pad, predict_maps

ROLES = {
    1: ("nucleus",),
    2: ("nucleus", "whole_cell"),
    3: ("red", "green", "blue"),
}
NAMES = ("grey-grid2", "grey-grid1", "colour-grid4", "dual-grid21")
STRIDE = 4


@pytest.mark.parametrize("name", NAMES)
def test_probability_and_distances(references: Path, name: str) -> None:
    network, _, normalization, _ = load_checkpoint(references / f"{name}.zip")
    with np.load(references / f"{name}.npz") as official:
        image, prob, dist = (official[key] for key in ("image", "prob", "dist"))
    normalised = normalise(
        image, range(len(image)), ExactStatistics(image), 1, 99.8, normalization.joint
    )
    padded = pad(normalised, network.config)
    whole = blocks(padded.shape[1:], network.config, 1024)
    [(_, found_prob, found_dist)] = predict_maps(network, padded, whole, lambda *_: None)
    cropped = found_prob.numpy()[: prob.shape[0], : prob.shape[1]]
    sampled = found_dist.numpy()[:, : prob.shape[0] : STRIDE, : prob.shape[1] : STRIDE]
    np.testing.assert_allclose(cropped, prob, rtol=0, atol=1e-5)
    # In pixels. They reach 22, where neighbouring float32 numbers are 2e-6 apart.
    np.testing.assert_allclose(sampled.transpose(1, 2, 0), dist, rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("scale", "key"), [(1.0, ""), (0.8, "_scale")])
def test_same_objects(references: Path, name: str, scale: float, key: str) -> None:
    with np.load(references / f"{name}.npz") as official:
        image, labels, scores = (official[k] for k in ("image", f"labels{key}", f"scores{key}"))
    predictor = StarDist().load(references / f"{name}.zip", "cpu")
    found = predictor.predict(
        image,
        ROLES[len(image)],
        StarDistParameters(scale=scale),
        ExactStatistics(image),
        lambda current, maximum: None,
    )
    assert len(found) > 10
    np.testing.assert_array_equal(found.to_labels(), labels)
    np.testing.assert_allclose(found.scores, scores[found.ids - 1], rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["grey-grid2", "grey-grid1", "colour-grid4"])
def test_bare_weights_tell_the_same_network(references: Path, tmp_path: Path, name: str) -> None:
    """As SegGal distributes them: without config.json. Only square grids can be told."""
    with zipfile.ZipFile(references / f"{name}.zip") as archive:
        bare = tmp_path / "model.h5"
        bare.write_bytes(archive.read(f"{name}/weights_best.h5"))
    official, thresholds, *_ = load_checkpoint(references / f"{name}.zip")
    network, defaults, *_ = load_checkpoint(bare)
    assert network.config == official.config
    for key, weight in official.state_dict().items():
        assert torch.equal(weight, network.state_dict()[key])
    assert (thresholds.prob, thresholds.nms) == (0.45, 0.35)
    assert (defaults.prob, defaults.nms) == (0.5, 0.4)
