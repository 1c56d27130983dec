import os
import pickle
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from napari_cellbench.errors import CheckpointError
from napari_cellbench.methods import methods
from napari_cellbench.methods.mmdet import architectures
from napari_cellbench.methods.mmdet.checkpoint import (
    load_checkpoint,
    load_start,
    rename_mask2former,
    save_checkpoint,
)
from napari_cellbench.methods.mmdet.network import build_network
from napari_cellbench.methods.mmdet.settings import InputSettings

from .conftest import SMALL

KEY = "mask_rcnn"
ARCHITECTURE = replace(architectures.MASK_RCNN, options=SMALL)
FRESH = InputSettings((100.0, 110.0, 120.0), (50.0, 55.0, 60.0), ("phase",), for_cells=True)
HEAD = "roi_head.bbox_head.fc_cls.weight"
STEM = "backbone.conv1.weight"


@pytest.fixture(scope="module")
def state() -> dict[str, torch.Tensor]:
    """Weights of two channels, as SegGal has them."""
    torch.manual_seed(0)
    return build_network(ARCHITECTURE, 2, for_cells=False).state_dict()


@pytest.fixture(scope="module")
def colour() -> dict[str, torch.Tensor]:
    """Weights for photographs: three channels, eighty classes."""
    torch.manual_seed(1)
    weights = build_network(ARCHITECTURE, 3, for_cells=False).state_dict()
    return weights | {HEAD: torch.randn(81, 64), "roi_head.bbox_head.fc_cls.bias": torch.zeros(81)}


def write(path: Path, content: object) -> Path:
    torch.save(content, path)
    return path


def test_seggal(state, tmp_path):
    meta = {"mmdet_version": "2.28.2", "CLASSES": ("cell",), "epoch": 25, "iter": 1000}
    content = {"meta": meta, "state_dict": state, "optimizer": {"state": {}, "param_groups": []}}
    network, settings = load_checkpoint(write(tmp_path / "a.pth", content), KEY, ARCHITECTURE)
    assert settings == InputSettings.of_seggal(ARCHITECTURE, 2)
    assert settings.preprocessing == "percentiles + CLAHE"
    assert settings.mean == pytest.approx((55.07, 55.07), abs=1e-3)
    for name, weight in network.state_dict().items():
        torch.testing.assert_close(weight, state[name])


def test_own_checkpoint_keeps_its_settings(tmp_path):
    network = build_network(ARCHITECTURE, 3, for_cells=True)
    path = tmp_path / "own.safetensors"
    save_checkpoint(path, network, KEY, FRESH)
    loaded, settings = load_checkpoint(path, KEY, ARCHITECTURE)
    assert settings == FRESH
    for name, weight in network.state_dict().items():
        torch.testing.assert_close(loaded.state_dict()[name], weight, rtol=1e-3, atol=1e-4)
    with pytest.raises(CheckpointError, match="of the method mask_rcnn: choose that"):
        load_checkpoint(path, "ms_rcnn", ARCHITECTURE)


def test_refuses_heads_for_other_objects(colour, tmp_path):
    path = write(tmp_path / "coco.pth", {"state_dict": colour})
    with pytest.raises(CheckpointError, match=r"other objects than cells.*2 weights") as error:
        load_checkpoint(path, KEY, ARCHITECTURE)
    assert HEAD in str(error.value)
    assert "start training from this one" in str(error.value)


def test_refuses_another_network(state, tmp_path):
    deeper = state | {"backbone.layer4.9.conv1.weight": torch.zeros(1)}
    del deeper["rpn_head.rpn_cls.bias"]
    path = write(tmp_path / "other.pth", deeper)
    with pytest.raises(CheckpointError, match="another network") as error:
        load_checkpoint(path, KEY, ARCHITECTURE)
    assert "missing: rpn_head.rpn_cls.bias; unexpected: backbone.layer4.9" in str(error.value)


def test_training_starts_from_photographs(colour, tmp_path):
    path = write(tmp_path / "coco.pth", {"state_dict": colour})
    start = load_start(path, KEY, ARCHITECTURE, FRESH)
    assert start.settings == FRESH
    assert start.report.reshaped == ("roi_head.bbox_head.fc_cls.bias", HEAD)
    assert not start.report.missing
    loaded = start.network.state_dict()
    assert len(loaded[HEAD]) == 2
    torch.testing.assert_close(loaded[STEM], colour[STEM])
    torch.testing.assert_close(loaded["rpn_head.rpn_cls.weight"], colour["rpn_head.rpn_cls.weight"])


def test_first_layer_answers_alike_to_grey_in_two_channels(colour, tmp_path):
    path = write(tmp_path / "coco.pth", {"state_dict": colour})
    dual = replace(FRESH, mean=(1.0, 2.0), std=(1.0, 2.0), roles=("nucleus", "whole_cell"))
    stem = load_start(path, KEY, ARCHITECTURE, dual).network.state_dict()[STEM]
    assert stem.shape[1] == 2
    torch.testing.assert_close(stem.sum(1), colour[STEM].sum(1))


def test_caffe_weights_see_normalised_colours_as_they_saw_plain_ones(colour, tmp_path):
    path = write(tmp_path / "coco.pth", {"state_dict": colour})
    caffe = replace(ARCHITECTURE, is_caffe=True)
    stem = load_start(path, KEY, caffe, FRESH).network.state_dict()[STEM]
    mean, std = (torch.tensor(values)[:, None, None] for values in architectures.IMAGENET)
    photograph = 255 * torch.rand(3, 9, 9)
    ours = torch.nn.functional.conv2d(((photograph - mean) / std)[None], stem)
    theirs = torch.nn.functional.conv2d((photograph - mean).flip(0)[None], colour[STEM])
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-3)


def test_training_starts_from_a_backbone_alone(colour, tmp_path):
    backbone = {k.removeprefix("backbone."): v for k, v in colour.items() if "backbone." in k}
    path = write(tmp_path / "resnet.pth", backbone | {"fc.weight": torch.zeros(1000, 128)})
    with pytest.raises(CheckpointError, match="holds a backbone alone"):
        load_checkpoint(path, KEY, ARCHITECTURE)
    start = load_start(path, KEY, ARCHITECTURE, FRESH)
    assert not start.report.unexpected
    assert all(not name.startswith("backbone.") for name in start.report.missing)
    torch.testing.assert_close(
        start.network.state_dict()["backbone.layer2.0.conv1.weight"],
        backbone["layer2.0.conv1.weight"],
    )


def test_cells_keep_their_settings_when_trained_further(state, tmp_path):
    path = write(tmp_path / "seggal.pth", {"state_dict": state})
    dual = replace(FRESH, mean=(1.0, 2.0), std=(1.0, 2.0), roles=("nucleus", "whole_cell"))
    start = load_start(path, KEY, ARCHITECTURE, dual)
    assert start.report.fits
    assert start.settings == InputSettings.of_seggal(ARCHITECTURE, 2)


def test_nothing_to_start_from(tmp_path):
    path = write(tmp_path / "other.pth", {"encoder.weight": torch.ones(2, 2)})
    with pytest.raises(CheckpointError, match="no backbone that is known here"):
        load_start(path, KEY, ARCHITECTURE, FRESH)


class Malicious:
    def __reduce__(self):
        return os.system, ("touch hacked",)


@pytest.mark.parametrize("key", ["mask_rcnn", "mask2former"])
def test_runs_no_code(key, state, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = [write(tmp_path / "a.pth", {"state_dict": state, "meta": Malicious()})]
    files.append(tmp_path / "b.pth")
    files[1].write_bytes(pickle.dumps(Malicious()))
    for file in files:
        with pytest.raises(CheckpointError, match="was not loaded"):
            methods()[key].load(file, "cpu")
    assert not (tmp_path / "hacked").exists()


@pytest.mark.parametrize(
    "damage",
    ["[]", "{}", "{", '{"mean": [1], "std": [0]}', '{"mean": ["a"], "std": [1]}', '{"mean": 1}'],
)
def test_damaged_settings(damage, tmp_path):
    with pytest.raises(CheckpointError, match="settings of its input are damaged"):
        InputSettings.from_json(damage)


def test_settings_survive_json():
    assert InputSettings.from_json(FRESH.to_json()) == FRESH


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "panoptic_head.pixel_decoder.encoder.layers.0.attentions.0.value_proj.bias",
            "panoptic_head.pixel_decoder.encoder.layers.0.self_attn.value_proj.bias",
        ),
        (
            "panoptic_head.transformer_decoder.layers.8.attentions.1.attn.in_proj_weight",
            "panoptic_head.transformer_decoder.layers.8.self_attn.attn.in_proj_weight",
        ),
        (
            "panoptic_head.transformer_decoder.layers.3.attentions.0.attn.out_proj.bias",
            "panoptic_head.transformer_decoder.layers.3.cross_attn.attn.out_proj.bias",
        ),
        ("backbone.layer1.0.conv1.weight", "backbone.layer1.0.conv1.weight"),
    ],
)
def test_names_of_mask2former(old, new):
    assert rename_mask2former(old) == new
    assert rename_mask2former(new) == new
