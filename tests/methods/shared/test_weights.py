import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.logging import MessageHub
from safetensors.torch import save_file

from napari_cellbench.errors import CheckpointError
from napari_cellbench.methods.shared.weights import read_state_dict, write_half

STATE = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.count": torch.tensor(7)}


class Payload:
    """Pickled, it creates a file as soon as somebody unpickles it."""

    def __init__(self, victim: Path) -> None:
        self.victim = victim

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.victim,)


def _write(path: Path, content: object, form: str) -> Path:
    if form == "pickle":
        path.write_bytes(pickle.dumps(content))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=form == "zip")
    return path


@pytest.mark.parametrize("form", ["zip", "legacy"])
@pytest.mark.parametrize("name", ["weights.pt", "no_suffix", "weights.safetensors"])
def test_torch_files_are_known_by_their_content(tmp_path, form, name):
    state, metadata = read_state_dict(_write(tmp_path / name, STATE, form))
    assert metadata == {}
    assert state.keys() == STATE.keys()
    assert all(torch.equal(state[key], STATE[key]) for key in STATE)


@pytest.mark.parametrize("form", ["zip", "legacy"])
def test_torch_files_within_another_file(tmp_path, form):
    content = _write(tmp_path / "weights.pt", STATE, form).read_bytes()
    state, _ = read_state_dict(tmp_path / "folder.zip" / "weights.pt", content)
    assert all(torch.equal(state[key], STATE[key]) for key in STATE)
    victim = tmp_path / "victim"
    bad = _write(tmp_path / "bad.pt", {"a": Payload(victim)}, form).read_bytes()
    with pytest.raises(CheckpointError, match="could run a stranger's code"):
        read_state_dict(Path("weights.pt"), bad)
    assert not victim.exists()
    with pytest.raises(CheckpointError, match="is damaged"):
        read_state_dict(Path("weights.pt"), content[:-200])


def test_safetensors_with_metadata(tmp_path):
    save_file(STATE, tmp_path / "weights.pt", {"method": "x"})
    state, metadata = read_state_dict(tmp_path / "weights.pt")
    assert metadata == {"method": "x"}
    assert all(torch.equal(state[key], STATE[key]) for key in STATE)


@pytest.mark.parametrize("form", ["zip", "legacy"])
def test_numpy_scalars_and_a_nested_state_dict(tmp_path, form):
    content = {
        "state_dict": {"module.a.weight": STATE["a.weight"]},
        "diam_mean": np.float32(17.5),
        "epoch": np.int64(3),
        "note": "trained by hand",
    }
    state, metadata = read_state_dict(_write(tmp_path / "weights", content, form))
    assert list(state) == ["a.weight"]
    assert metadata == {"diam_mean": 17.5, "epoch": 3, "note": "trained by hand"}


@pytest.mark.parametrize("form", ["zip", "legacy", "pickle"])
def test_a_payload_does_not_run(tmp_path, form):
    victim = tmp_path / "victim"
    path = _write(tmp_path / "weights.pt", {**STATE, "x": Payload(victim)}, form)
    with pytest.raises(CheckpointError, match="run a stranger's code"):
        read_state_dict(path)
    assert not victim.exists()
    # The payload is a real one: an ordinary load runs it.
    if form == "pickle":
        pickle.loads(path.read_bytes())
    else:
        torch.load(path, weights_only=False)
    assert victim.exists()


@pytest.mark.parametrize("form", ["zip", "legacy"])
def test_what_mmengine_keeps_beside_the_weights_is_ignored(tmp_path, form):
    hub = MessageHub("training")
    for step in range(20):
        hub.update_scalar("train/loss", 1 / (step + 1))
    hub.update_info("epoch", 3)
    content = {
        "meta": {"dataset_meta": {"CLASSES": ("cell",)}},
        "state_dict": {"a": torch.ones(2)},
        "message_hub": hub.state_dict(),
    }
    state, metadata = read_state_dict(_write(tmp_path / "epoch_3.pth", content, form))
    assert state["a"].tolist() == [1, 1]
    assert metadata["meta"]["dataset_meta"]["CLASSES"] == ("cell",)
    assert metadata["message_hub"]["runtime_info"]["epoch"] == 3


class Getter:
    """Asks for an attribute while it is loaded."""

    def __reduce__(self) -> tuple[object, ...]:
        return getattr, ("text", "upper")


@pytest.mark.parametrize("form", ["zip", "legacy"])
def test_getattr_in_a_file_gets_nothing(tmp_path, form):
    content = {"state_dict": {"a": torch.ones(2)}, "x": Getter()}
    _, metadata = read_state_dict(_write(tmp_path / "weights.pt", content, form))
    assert not callable(metadata["x"])


@pytest.mark.parametrize("form", ["zip", "legacy", "safetensors"])
@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_truncated(tmp_path, form, kept):
    path = tmp_path / "weights"
    state = {"a": torch.ones(1000)}
    if form == "safetensors":
        save_file(state, path)
    else:
        _write(path, state, form)
    path.write_bytes(path.read_bytes()[: int(kept * path.stat().st_size)])
    with pytest.raises(CheckpointError, match="damaged"):
        read_state_dict(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"just some text, long enough", "not a checkpoint"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "HDF5"),
        (b"PK\x03\x04" + bytes(100), "damaged"),
        (b"\x80\x02" + bytes(100), "damaged"),
        (bytes(8) + b"{" + bytes(100), "damaged"),
    ],
)
def test_not_a_checkpoint(tmp_path, content, message):
    path = tmp_path / "weights.pt"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=message):
        read_state_dict(path)


def test_a_torch_file_that_holds_something_else(tmp_path):
    for content, message in (([1, 2], "list"), ({"epoch": 3}, "no weights")):
        with pytest.raises(CheckpointError, match=message):
            read_state_dict(_write(tmp_path / "weights", content, "zip"))


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(CheckpointError, match="There is no file"):
        read_state_dict(tmp_path / "gone")
    with pytest.raises(CheckpointError, match="folder"):
        read_state_dict(tmp_path)


def test_nan(tmp_path):
    path = _write(tmp_path / "weights", {"a": torch.tensor([1.0, float("nan")])}, "zip")
    with pytest.raises(CheckpointError, match="NaN"):
        read_state_dict(path)


def test_what_half_precision_can_not_hold_stays_whole(tmp_path):
    """The variance that a norm keeps of 16-bit images is no failed training."""
    state = {"norm.running_var": torch.tensor([4e9, 1.0]), "conv.weight": torch.tensor([0.5])}
    write_half(tmp_path / "w.safetensors", state, {"method": "m"})
    read, _ = read_state_dict(tmp_path / "w.safetensors")
    assert torch.equal(read["norm.running_var"], state["norm.running_var"])
    assert read["conv.weight"].dtype == torch.float16


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_failed_training_is_not_written(tmp_path, value):
    with pytest.raises(CheckpointError, match="a is not finite: training failed"):
        write_half(tmp_path / "w.safetensors", {"a": torch.tensor([value])}, {})
    assert not list(tmp_path.iterdir())


def test_real_checkpoints(shared):
    for name in ("cellpose_cyto_2020_torch", "toxo_pv_lumen.CP_model"):
        state, _ = read_state_dict(shared / "weights" / name)
        assert state["output.2.weight"].shape[0] == 3
