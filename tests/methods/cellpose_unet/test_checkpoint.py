import errno
import json

import numpy as np
import pytest
import torch

from napari_cellbench.errors import CheckpointError, InputError
from napari_cellbench.methods.cellpose_unet import Thresholds
from napari_cellbench.methods.cellpose_unet.checkpoint import (
    load_checkpoint,
    save_checkpoint,
)
from napari_cellbench.methods.cellpose_unet.network import CellposeUNet
from napari_cellbench.methods.shared.weights import read_state_dict


@pytest.fixture
def network():
    torch.manual_seed(0)
    return CellposeUNet((1, 4, 8, 8), diam_mean=20, diam_labels=44).eval()


def test_saved_and_loaded(tmp_path, network):
    path = tmp_path / "own.safetensors"
    tuned = {"cellprob_threshold": -0.5, "flow_threshold": 0.6}
    save_checkpoint(path, network, {"parameters": json.dumps(tuned), "normalization": "{}"})
    loaded, thresholds = load_checkpoint(path)
    assert loaded.widths == (1, 4, 8, 8)
    assert (float(loaded.diam_mean), float(loaded.diam_labels)) == (20, 44)
    assert thresholds == Thresholds(**tuned)
    for name, tensor in network.state_dict().items():
        assert loaded.state_dict()[name].dtype == tensor.dtype
        torch.testing.assert_close(loaded.state_dict()[name], tensor, atol=1e-3, rtol=1e-3)
    stored, _ = read_state_dict(path)
    assert {tensor.dtype for tensor in stored.values()} == {torch.float16, torch.int64}
    assert [p.name for p in tmp_path.iterdir()] == ["own.safetensors"]


def test_a_checkpoint_without_metadata_has_cellposes_thresholds(tmp_path, network):
    torch.save(network.state_dict(), tmp_path / "model")
    assert load_checkpoint(tmp_path / "model")[1] == Thresholds(0.4, 0.0)


def test_numpy_diameters_and_old_files_without(tmp_path, network):
    state = dict(network.state_dict())
    for name in ("diam_mean", "diam_labels"):
        del state[name]
    torch.save(state, tmp_path / "old")
    assert float(load_checkpoint(tmp_path / "old")[0].diam_labels) == 30
    torch.save({**state, "diam_labels": np.float32(51.5)}, tmp_path / "numpy")
    assert float(load_checkpoint(tmp_path / "numpy")[0].diam_labels) == 51.5


def test_weights_of_a_training_that_failed_are_not_saved(tmp_path, network):
    with torch.no_grad():
        network.output[2].weight.fill_(float("inf"))
    with pytest.raises(CheckpointError, match="not finite: training failed"):
        save_checkpoint(tmp_path / "own.safetensors", network, {})
    assert not list(tmp_path.iterdir())


def test_a_failed_write_leaves_the_old_file(tmp_path, network, monkeypatch):
    path = tmp_path / "own.safetensors"
    path.write_bytes(b"old")
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr("os.fsync", lambda *_: (_ for _ in ()).throw(full))
    with pytest.raises(InputError, match="full"):
        save_checkpoint(path, network, {})
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: {"W2": torch.ones(1), "encoder.pos_embed": torch.ones(1)}, "Cellpose-SAM"),
        (lambda s: {"head.weight": torch.ones(3)}, "another method"),
        (lambda s: {k: v for k, v in s.items() if "res_up_1" not in k}, "lacks"),
        (lambda s: {**s, "output.2.weight": torch.ones(2, 4, 1, 1)}, "2 outputs"),
        (lambda s: {**s, "output.0.weight": torch.ones(7)}, "shapes"),
        (lambda s: {**s, "output.0.weight": torch.full((4,), float("nan"))}, "NaN"),
    ],
)
def test_other_files_are_refused(tmp_path, network, change, message):
    torch.save(change(dict(network.state_dict())), tmp_path / "model")
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(tmp_path / "model")


def test_another_methods_safetensors(tmp_path):
    from safetensors.torch import save_file

    save_file({"a": torch.ones(1)}, tmp_path / "x", {"method": "stardist"})
    with pytest.raises(CheckpointError, match="method stardist"):
        load_checkpoint(tmp_path / "x")


def test_damaged_parameters(tmp_path, network):
    for text in ("{", '{"diameter": 3}', "[1]"):
        save_checkpoint(tmp_path / "own", network, {"parameters": text})
        with pytest.raises(CheckpointError, match="tuned parameters"):
            load_checkpoint(tmp_path / "own")


def test_stardist_and_sam_weights(shared):
    with pytest.raises(CheckpointError, match="another method"):
        load_checkpoint(shared / "weights" / "mobile_sam.pt")
