import json
import shutil

import numpy as np
import pytest
import torch
from torch import nn

from napari_cellbench.errors import CheckpointError
from napari_cellbench.methods.deepcell.checkpoint import save_checkpoint
from napari_cellbench.methods.deepcell.settings import InputSettings
from napari_cellbench.methods.dsb2018.first.checkpoint import load_checkpoint
from napari_cellbench.methods.dsb2018.first.members import SIGMOID_UNET, SOFTMAX_UNET
from napari_cellbench.methods.dsb2018.first.trees import Forest, grow_forest
from napari_cellbench.methods.dsb2018.first.unet import UNet, UNetShape
from napari_cellbench.methods.recognition import recognise

from ...seeded import write_keras
from ..conftest import shapes_of
from .conftest import torch_state

SMALL = UNetShape(width=8, blocks=(1, 1, 1, 1))


def test_files_are_recognised(files):
    for path in files.values():
        method, is_known = recognise(path)
        assert (method.key, is_known) == ("dsb2018_first", True)


def test_what_answers_mean_follows_from_the_file(files, tmp_path):
    unet = load_checkpoint(files["resnet34_upsample"])[0][0]
    assert unet.answers == SOFTMAX_UNET
    for path in (tmp_path / "dpn_sigm_fold0.pth", tmp_path / "dpn_sigm" / "0.pth"):
        path.parent.mkdir(exist_ok=True)
        shutil.copy(files["resnet34_upsample"], path)
        assert load_checkpoint(path)[0][0].answers == SIGMOID_UNET
    pyramid = load_checkpoint(files["resnet101_2"])[0][0]
    assert pyramid.answers.is_full
    assert not pyramid.answers.is_softmax


def test_a_folder_is_an_ensemble(files, tmp_path):
    for name in ("resnet34_upsample", "resnet101_2"):
        shutil.copy(files[name], tmp_path)
    (tmp_path / "readme.txt").write_text("Weights.")
    members, settings, forest = load_checkpoint(tmp_path)
    assert [type(one.network).__name__ for one in members] == ["PyramidNet", "UNet"]
    assert settings.preprocessing == "none"
    assert forest is None


def test_a_folder_without_networks(tmp_path):
    with pytest.raises(CheckpointError, match="holds 0 networks"):
        load_checkpoint(tmp_path)


def test_networks_that_take_other_images_are_no_ensemble(tmp_path):
    for how in ("none", "percentiles"):
        settings = InputSettings((), how)
        save_checkpoint(tmp_path / f"{how}.safetensors", UNet(SMALL), "dsb2018_first", settings)
    with pytest.raises(CheckpointError, match="different ways"):
        load_checkpoint(tmp_path)


def test_whole_modules_are_refused(tmp_path):
    torch.save(nn.DataParallel(UNet(SMALL)), tmp_path / "fold0.pth")
    with pytest.raises(CheckpointError, match="Ask its author for the state dict"):
        load_checkpoint(tmp_path / "fold0.pth")


def test_says_what_does_not_fit(tmp_path):
    state = torch_state("resnet34_upsample")
    del state["final.0.bias"]
    state["more.weight"] = torch.zeros(3)
    torch.save(state, tmp_path / "fold0.pth")
    with pytest.raises(CheckpointError, match=r"missing: final.0.bias; unexpected: more.weight"):
        load_checkpoint(tmp_path / "fold0.pth")


def test_other_pyramids(tmp_path):
    shapes = {k: v for k, v in shapes_of("first", "resnet101_2").items() if "aggregation" not in k}
    path = write_keras(tmp_path / "other.h5", dict(list(shapes.items())[:40]))
    with pytest.raises(CheckpointError, match="none of the first winner's"):
        load_checkpoint(path)


def test_too_wide_networks(tmp_path):
    state = UNet(SMALL).state_dict()
    state["encoder_stages.0.0.weight"] = torch.zeros(5000, 3, 7, 7)
    torch.save(state, tmp_path / "wide.pth")
    with pytest.raises(CheckpointError, match="5000 channels"):
        load_checkpoint(tmp_path / "wide.pth")


def own(tmp_path, **more):
    settings = InputSettings(("red", "green", "blue"), "percentiles", 96)
    save_checkpoint(tmp_path / "own.safetensors", UNet(SMALL), "dsb2018_first", settings, **more)
    return tmp_path / "own.safetensors"


def test_own_checkpoint_keeps_its_settings_and_trees(tmp_path):
    rng = np.random.default_rng(0)
    from napari_cellbench.methods.dsb2018.first.features import COUNT

    forest = grow_forest(rng.random((60, COUNT)), rng.random(60), np.arange(60) // 6)
    (member,), settings, told = load_checkpoint(own(tmp_path, trees=forest.to_json()))
    assert settings.roles == ("red", "green", "blue")
    assert member.answers == SOFTMAX_UNET
    examples = rng.random((20, COUNT))
    np.testing.assert_allclose(told.predict(examples), forest.predict(examples))


@pytest.mark.parametrize(
    "trees",
    ["", "[]", '{"feature": [[99]], "threshold": [[0]], "value": [[0]], "base": 0}', "[" * 10_000],
)
def test_damaged_trees(tmp_path, trees):
    with pytest.raises(CheckpointError, match="trees are damaged"):
        load_checkpoint(own(tmp_path, trees=trees))


@pytest.mark.parametrize(
    "answers",
    [
        "{}",
        json.dumps({"body": 1, "border": 1, "is_softmax": True, "is_full": True}),
        json.dumps({"body": 3, "border": 1, "is_softmax": True, "is_full": True}),
        json.dumps({"body": 2, "border": 1, "is_softmax": 1, "is_full": True}),
    ],
)
def test_damaged_answers(tmp_path, answers):
    with pytest.raises(CheckpointError, match="answers are damaged"):
        load_checkpoint(own(tmp_path, answers=answers))


def test_settings_of_another_network(tmp_path):
    path = tmp_path / "own.safetensors"
    settings = InputSettings(("nucleus", "whole_cell"), "percentiles")
    save_checkpoint(path, UNet(SMALL), "dsb2018_first", settings)
    with pytest.raises(CheckpointError, match="another network"):
        load_checkpoint(path)


def test_trees_without_numbers():
    values = {
        "feature": [[0] * 7],
        "threshold": [[float("nan")] * 7],
        "value": [[0] * 8],
        "base": 0,
    }
    with pytest.raises(CheckpointError, match="trees are damaged"):
        Forest.from_json(json.dumps(values), 3)
