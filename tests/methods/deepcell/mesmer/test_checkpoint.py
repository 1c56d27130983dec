import h5py
import pytest
import torch

from napari_cellbench.errors import CheckpointError
from napari_cellbench.methods.deepcell.checkpoint import save_checkpoint
from napari_cellbench.methods.deepcell.mesmer.checkpoint import load_checkpoint, read
from napari_cellbench.methods.deepcell.mesmer.network import PanopticNet, PanopticShape
from napari_cellbench.methods.deepcell.mesmer.training import of_task
from napari_cellbench.methods.deepcell.mesmer.watershed import NUCLEUS, SEGGAL, WHOLE_CELL
from napari_cellbench.methods.deepcell.settings import InputSettings
from napari_cellbench.methods.recognition import recognise

from ..conftest import shapes_of, write_keras
from ..small import SmallMesmer
from .conftest import DUAL


def test_two_channels(dual):
    network, settings, watersheds = load_checkpoint(dual)
    assert network.shape == PanopticShape()
    assert settings == InputSettings(("nucleus", "whole_cell"))
    assert watersheds == {None: SEGGAL}
    assert sum(weight.numel() for weight in network.parameters()) > 25_000_000


def test_one_channel(single):
    network, settings, _ = load_checkpoint(single)
    assert network.shape.channels == 1
    assert settings.roles == ()


def test_official_four_heads(official_file):
    network, _, watersheds = load_checkpoint(official_file)
    assert network.shape.heads == (1, 3, 1, 3)
    assert watersheds == {"whole_cell": WHOLE_CELL, "nucleus": NUCLEUS}


@pytest.mark.parametrize(("target", "pair"), [("whole_cell", 0), ("nucleus", 1)])
def test_training_starts_from_the_heads_of_its_task(official_file, target, pair):
    whole = read(official_file)
    part = of_task(whole, target).state
    assert PanopticShape.of(part).heads == (1, 3)
    for head in (0, 1):
        name = "conv_0_semantic_upsample_{}.weight"
        assert torch.equal(part[name.format(head)], whole.state[name.format(2 * pair + head)])
    assert torch.equal(part["P3.weight"], whole.state["P3.weight"])


def test_own_checkpoint_tells_how_it_is_used(tmp_path):
    network = PanopticNet(PanopticShape(1, **SmallMesmer.shape))
    settings = InputSettings(("phase",), "percentiles", 128)
    file = tmp_path / "own.safetensors"
    save_checkpoint(file, network, "mesmer", settings, target="nucleus")
    loaded, told, watersheds = load_checkpoint(file)
    assert (loaded.shape, told) == (network.shape, settings)
    assert watersheds == {"nucleus": NUCLEUS}
    network.half().float()
    for name, weight in loaded.state_dict().items():
        assert torch.equal(weight, network.state_dict()[name])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"P3/P3/bias:0": None}, "missing: P3.bias"),
        ({"P4/P4/bias:0": [256]}, "unexpected: P4.bias"),
        ({"P3/P3/bias:0": [128]}, "of another shape: P3.bias"),
        ({"conv_channels/conv_channels/kernel:0": None}, "no network of Mesmer's"),
        ({"conv5_block1_1_conv/conv5_block1_1_conv/kernel:0": [1, 1, 1, 1, 1]}, "5 dimensions"),
    ],
)
def test_says_what_does_not_fit(tmp_path, changes, message):
    shapes = shapes_of("mesmer")[DUAL] | changes
    kept = {key: shape for key, shape in shapes.items() if shape is not None}
    file = write_keras(tmp_path / "mesmer.h5", kept)
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(file)


def test_whole_model_of_keras(dual, tmp_path):
    """What `model.save` writes holds the same weights, beside an architecture that isn't read."""
    with h5py.File(dual) as source, h5py.File(tmp_path / "model.h5", "w") as target:
        target.attrs["model_config"] = b'{"class_name": "Lambda"}'
        source.copy(source, target, "model_weights")
    network = load_checkpoint(tmp_path / "model.h5")[0]
    assert torch.equal(network["P3"].weight, load_checkpoint(dual)[0]["P3"].weight)


def test_is_recognised(dual):
    method, is_known = recognise(dual)
    assert (method.key, is_known) == ("mesmer", True)
