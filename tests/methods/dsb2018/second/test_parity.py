"""The same numbers and objects as the second winner's own network and steps."""

import numpy as np
import pytest
import torch

from napari_cellbench.methods.dsb2018.second.cells import (
    Thresholds,
    climbed,
    grown,
    inconsistencies,
)
from napari_cellbench.methods.dsb2018.second.checkpoint import load_checkpoint
from napari_cellbench.methods.dsb2018.second.positions import (
    DIRECTIONS,
    global_positions,
    local_positions,
    weights,
)

from ..conftest import recorded

CLOSE = {"rtol": 1e-5, "atol": 1e-5}


@pytest.fixture(scope="module")
def official():
    return recorded("second")


def test_network(official, keras_file):
    network, _ = load_checkpoint(keras_file)
    # Kept in 16 bits, and seen in 32.
    x = torch.from_numpy(official["net_x"].astype(np.float32).transpose(0, 3, 1, 2))
    with torch.inference_mode():
        drawn = network.draw(x)
    np.testing.assert_allclose(drawn.mask.sigmoid(), official["net_output_mask"][..., 0], **CLOSE)
    for pattern, maps in (("{}_true", drawn.first), ("{}", drawn.positions), ("l{}", drawn.local)):
        for name, found in zip(DIRECTIONS, maps[0], strict=True):
            expected = official[f"net_output_{pattern.format(name)}"][0, ..., 0]
            np.testing.assert_allclose(found, expected, **CLOSE)


def test_targets(official):
    labels = official["post_labels"].astype(np.int32)
    for name, make in (("relpos", global_positions), ("localpos", local_positions)):
        expected = official[f"post_{name}"].transpose(2, 0, 1)
        np.testing.assert_allclose(make(labels), expected, **CLOSE)
    np.testing.assert_allclose(weights(labels), official["post_weight"], **CLOSE)


def test_cells(official):
    mask, *places = official["post_pred"].transpose(2, 0, 1)
    places = np.stack(places)
    base = climbed(mask, places, Thresholds())
    np.testing.assert_array_equal(base, official["post_post_base"])
    cells = grown(base, mask)
    assert cells.max() > 40
    np.testing.assert_array_equal(cells, official["post_post_final"])
    found = inconsistencies(cells, places)
    np.testing.assert_allclose(found, official["post_consistency"], **CLOSE)
