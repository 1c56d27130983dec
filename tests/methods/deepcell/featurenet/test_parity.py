"""The same numbers and objects as DeepCell's own networks."""

import numpy as np
import pytest
import torch

from napari_cellbench.methods.deepcell.featurenet import FeatureNetParameters
from napari_cellbench.methods.deepcell.featurenet.checkpoint import load_checkpoint
from napari_cellbench.methods.deepcell.featurenet.network import INTERIOR, normalise
from napari_cellbench.methods.deepcell.featurenet.predictor import label_cells


@pytest.fixture(scope="module")
def official(references):
    with np.load(references / "featurenet.npz") as found:
        return dict(found)


def torch_image(official, name):
    return torch.from_numpy(official[name].transpose(0, 3, 1, 2))


@pytest.mark.parametrize("channels", [1, 2])
def test_normalisation(official, channels):
    found = normalise(torch_image(official, f"x_{channels}c"))
    expected = torch_image(official, f"normalized_{channels}c")
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("channels", [1, 2])
def test_probabilities(official, folders, channels):
    network, _ = load_checkpoint(folders[channels])
    with torch.inference_mode():
        found = network(torch_image(official, f"x_{channels}c"))
    for kind, outputs in zip(("fgbg", "pixelwise"), found, strict=True):
        for number, output in enumerate(outputs):
            expected = torch_image(official, f"{kind}_{channels}c_{number}")
            np.testing.assert_allclose(output, expected, rtol=1e-5, atol=1e-6)


def test_objects(official):
    edges, foreground = official["post_pixelwise"], official["post_fg_probability"]
    found = label_cells(foreground, edges[..., INTERIOR], FeatureNetParameters())
    assert found.max() > 5
    np.testing.assert_array_equal(found, official["post_labels"])
