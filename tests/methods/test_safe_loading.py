"""No file that a method is given as a checkpoint runs code or writes files, whatever it holds."""

import base64
import io
import json
import marshal
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from napari_cellbench.errors import CheckpointError
from napari_cellbench.methods import methods

METHODS = [method for method in methods().values() if method.needs_checkpoint]


class Payload:
    """What a pickle of it does when it is loaded: leaves a mark."""

    def __init__(self, mark: Path) -> None:
        self.code = f"open({str(mark)!r}, 'w').close()"

    def __reduce__(self):
        return exec, (self.code,)


def torch_zip(path: Path, mark: Path) -> None:
    import torch

    torch.save({"state_dict": {"weight": torch.zeros(2)}, "meta": Payload(mark)}, path)


def torch_of_2019(path: Path, mark: Path) -> None:
    import torch

    content = {"weight": torch.zeros(2), "meta": Payload(mark)}
    torch.save(content, path, _use_new_zipfile_serialization=False)


def pickle_of_detectron2(path: Path, mark: Path) -> None:
    content = {"model": {"weight": np.zeros(2)}, "__author__": Payload(mark)}
    path.write_bytes(pickle.dumps(content))


def oldest_pickle(path: Path, mark: Path) -> None:
    path.write_bytes(pickle.dumps(Payload(mark), protocol=0))


def pickle_in_torchs_protocol(path: Path, mark: Path) -> None:
    path.write_bytes(pickle.dumps(Payload(mark), protocol=2))


def keras_lambda(path: Path, mark: Path) -> None:
    """A whole Keras model with a Lambda layer, whose code Keras runs at loading."""
    h5py = pytest.importorskip("h5py")

    code = compile(Payload(mark).code, "<lambda>", "exec")
    function = base64.b64encode(marshal.dumps(code)).decode()
    config = {"function": [function, None, None], "function_type": "lambda", "name": "lambda"}
    layers = [{"class_name": "Lambda", "config": config}]
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(
            {"class_name": "Sequential", "config": {"name": "model", "layers": layers}}
        )
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [b"lambda"]
        group.create_group("lambda").attrs["weight_names"] = np.array([], "S8")


def npy(path: Path, mark: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.array([Payload(mark)], object), allow_pickle=True)


def npz(path: Path, mark: Path) -> None:
    with path.open("wb") as file:
        np.savez(file, weight=np.array([Payload(mark)], object))


def zip_with_pickle(path: Path, mark: Path) -> None:
    """A model's zip with a pickle in place of its weights."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("weights_best.h5", pickle.dumps(Payload(mark)))
        archive.writestr("weights.npy", pickle.dumps(Payload(mark)))


def zip_that_points_out(path: Path, mark: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")
        archive.writestr(f"../{mark.name}", "out")
        archive.writestr(str(mark), "out")
        archive.writestr("weights_best.h5", b"\x89HDF\r\n\x1a\n")


def zip_with_link(path: Path, mark: Path) -> None:
    """A member that is a symbolic link to a folder outside, and one that lies behind it."""
    link = zipfile.ZipInfo("model")
    link.create_system = 3
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, str(mark.parent))
        archive.writestr(f"model/{mark.name}", "out")
        archive.writestr("weights_best.h5", b"\x89HDF\r\n\x1a\n")


def torchscript(path: Path, mark: Path) -> None:
    """Code in an archive that `torch.load` takes for a model."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model/data.pkl", pickle.dumps(Payload(mark), protocol=2))
        archive.writestr("model/constants.pkl", pickle.dumps(Payload(mark), protocol=2))
        archive.writestr("model/code/__torch__.py", Payload(mark).code)
        archive.writestr("model/version", "3\n")


WRITERS = [
    torch_zip,
    torch_of_2019,
    pickle_of_detectron2,
    oldest_pickle,
    pickle_in_torchs_protocol,
    keras_lambda,
    npy,
    npz,
    zip_with_pickle,
    zip_that_points_out,
    zip_with_link,
    torchscript,
]
SUFFIXES = (".pth", ".pt", ".pkl", ".h5", ".npy", ".zip", "")
"""What the file is called must not matter: each content comes under each name."""


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)
@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.key)
def test_nothing_runs(tmp_path, method, write):
    if method.missing():
        pytest.skip(f"needs {', '.join(method.missing())}")
    mark = tmp_path / "mark"
    folder = tmp_path / "files"
    folder.mkdir()
    for suffix in SUFFIXES:
        write(folder / f"evil{suffix}", mark)
    before = names(tmp_path)
    for path in sorted(folder.iterdir()):
        with pytest.raises(CheckpointError):
            method.load(path, "cpu")
    assert names(tmp_path) == before


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.key)
def test_nothing_runs_from_a_folder(tmp_path, method):
    """A model's folder with evil files under the names that models have."""
    if method.missing():
        pytest.skip(f"needs {', '.join(method.missing())}")
    mark = tmp_path / "mark"
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    keras_lambda(folder / "weights_best.h5", mark)
    torch_zip(folder / "model.pth", mark)
    (folder / "model.pkl").write_bytes(pickle.dumps(Payload(mark)))
    (folder / "config.py").write_text(Payload(mark).code)
    before = names(tmp_path)
    with pytest.raises(CheckpointError):
        method.load(folder, "cpu")
    assert names(tmp_path) == before


def test_the_payload_would_run(tmp_path):
    """Else the tests above could not fail."""
    for protocol in (0, 2, pickle.DEFAULT_PROTOCOL):
        mark = tmp_path / f"mark{protocol}"
        pickle.loads(pickle.dumps(Payload(mark), protocol=protocol))
        assert mark.exists()
    mark = tmp_path / "npy"
    stream = io.BytesIO()
    np.save(stream, np.array([Payload(mark)], object), allow_pickle=True)
    stream.seek(0)
    np.load(stream, allow_pickle=True)
    assert mark.exists()


@pytest.mark.parametrize("write", [torch_zip, torch_of_2019])
def test_the_payload_would_run_in_torch(tmp_path, write):
    torch = pytest.importorskip("torch")
    write(tmp_path / "evil.pth", tmp_path / "mark")
    torch.load(tmp_path / "evil.pth", weights_only=False)
    assert (tmp_path / "mark").exists()
