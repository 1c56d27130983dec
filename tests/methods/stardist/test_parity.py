"""The same numbers and objects as the official package; see ``references/make_stardist.py``."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.ndimage import center_of_mass

from napari_cellbench.data import Instances
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
def test_same_objects(references: Path, name: str) -> None:
    with np.load(references / f"{name}.npz") as official:
        image, labels, scores = (official[key] for key in ("image", "labels", "scores"))
    found = predict(references / f"{name}.zip", image, 1)
    assert len(found) > 10
    np.testing.assert_array_equal(found.to_labels(), labels)
    np.testing.assert_allclose(found.scores, scores[found.ids - 1], rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_same_objects_where_they_were_seen(references: Path, name: str) -> None:
    """At another scale: the package divides by it, though zooming lays corners onto corners."""
    with np.load(references / f"{name}.npz") as official:
        image, labels, scores = (official[key] for key in ("image", "labels_scale", "scores_scale"))
    found = predict(references / f"{name}.zip", image, 0.8)
    np.testing.assert_allclose(found.scores, scores[found.ids - 1], rtol=0, atol=1e-5)
    shape = np.array(labels.shape)
    both = np.intersect1d(found.ids, labels)
    inside = [i for i in both if not touches_edge(labels == i) and (labels == i).sum() > 50]
    assert len(inside) > 5
    theirs, ours = (
        np.array(center_of_mass(drawn > 0, drawn, inside)) for drawn in (labels, found.to_labels())
    )
    seen = np.round(shape * 0.8)
    expected = theirs * 0.8 * (shape - 1) / (seen - 1)
    # Drawn anew on the pixels' grid, a centre moves by half a pixel now and then.
    np.testing.assert_allclose(ours, expected, atol=0.75)
    assert np.abs((ours - expected).mean(0)).max() < 0.05 < np.abs((theirs - ours).mean(0)).max()


def predict(checkpoint: Path, image: NDArray[Any], scale: float) -> Instances:
    parameters = StarDistParameters(scale=scale)
    predictor, roles = StarDist().load(checkpoint, "cpu"), ROLES[len(image)]
    return predictor.predict(image, roles, parameters, ExactStatistics(image), lambda *_: None)


def touches_edge(mask: NDArray[np.bool_]) -> bool:
    return bool(mask[[0, -1]].any() or mask[:, [0, -1]].any())


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
