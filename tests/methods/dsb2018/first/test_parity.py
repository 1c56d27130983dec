"""The same numbers and objects as the first winner's own networks and steps."""

import numpy as np
import pytest
import torch

from napari_cellbench.methods.dsb2018.first.borders import body_and_border
from napari_cellbench.methods.dsb2018.first.cells import Thresholds, found_cells
from napari_cellbench.methods.dsb2018.first.checkpoint import load_checkpoint

from ..conftest import recorded, same_objects
from .conftest import PYRAMIDS, UNETS

CLOSE = {"rtol": 1e-5, "atol": 1e-5}


@pytest.fixture(scope="module")
def official():
    return recorded("first")


@pytest.mark.parametrize("name", UNETS)
def test_unets(official, files, name):
    ((member,), *_) = load_checkpoint(files[name])
    seen = {}
    for number in (2, 4):
        stage = member.network.encoder_stages[number]
        stage.register_forward_hook(lambda _, __, out, n=number: seen.update({n: out}))
    with torch.inference_mode():
        logits = member.network.decode(torch.from_numpy(official["torch_x"]))
    np.testing.assert_allclose(logits, official[f"torch_{name}_logits"], **CLOSE)
    for number, count in ((2, 16), (4, 64)):
        expected = official[f"torch_{name}_encoder{number}_first{count}"]
        np.testing.assert_allclose(seen[number][:, :count], expected, **CLOSE)


@pytest.mark.parametrize("name", PYRAMIDS)
def test_pyramids(official, files, name):
    ((member,), *_) = load_checkpoint(files[name])
    x = torch.from_numpy(official["keras_keras_x"].transpose(0, 3, 1, 2))
    with torch.inference_mode():
        logits = member.network.decode(x)
    found = logits.softmax(1) if member.answers.is_softmax else logits.sigmoid()
    expected = official[f"keras_{name}"].transpose(0, 3, 1, 2)
    np.testing.assert_allclose(found, expected, **CLOSE)


def test_targets(official):
    body, border = body_and_border(official["post_labels"].astype(np.int32))
    expected = official["post_border_target"] > 0
    assert expected[..., 1].sum() > 1000
    np.testing.assert_array_equal(body, expected[..., 0])
    np.testing.assert_array_equal(border, expected[..., 1])


def test_cells(official):
    body, border, _ = official["post_pred"].transpose(2, 0, 1)
    found = found_cells(body, border, official["post_pred_full"][..., 0], Thresholds())
    expected = official["post_level1_labels"]
    assert expected.max() > 30
    assert same_objects(found, expected)
