"""Files that nobody published a hash of are tried before they count."""

import os
import time

import pytest

from napari_cellbench.checkpoints import location, resolve, trial
from napari_cellbench.checkpoints.catalogue import BUNDLED
from napari_cellbench.checkpoints.trial import fault_of_loading
from napari_cellbench.checkpoints.verify import remembered
from napari_cellbench.errors import Cancelled, CheckpointError

from .conftest import CONTENT

torch = pytest.importorskip("torch")


def ignore():
    pass


@pytest.fixture
def model():
    """Return a file that StarDist loads."""
    return next(BUNDLED.glob("stardist*.safetensors"))


def test_model_that_loads(model):
    assert fault_of_loading(model, "stardist", ignore) == ""


def test_file_of_another_method(model):
    fault = fault_of_loading(model, "cellpose_unet", ignore)
    assert fault.startswith("can't be loaded: ")
    assert "stardist" in fault


def test_unknown_method_is_not_tried(model):
    assert fault_of_loading(model, "nobodys", ignore) == ""


def test_trial_is_stopped_at_once(model):
    started = time.monotonic()

    def stop():
        if time.monotonic() - started > 0.2:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        fault_of_loading(model, "stardist", stop)
    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import os; os._exit(3)", "ended"),
        ("print('x' * 2**22)", "says more"),
        ("import time; time.sleep(99)", "took more than"),
    ],
)
def test_process_that_dies_of_it(model, tmp_path, monkeypatch, code, message):
    """The file, not this process, is what suffers."""
    (tmp_path / "sitecustomize.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.setattr(trial, "_PATIENCE", 2.0)
    assert message in fault_of_loading(model, "stardist", ignore)


def test_whole_download_that_does_not_load_is_not_installed(site):
    checkpoint = site.checkpoint(method="stardist", sha256="", size=0)
    with pytest.raises(CheckpointError, match=r"weights\.zip can't be loaded: .*deleted"):
        resolve(checkpoint)
    path = location(checkpoint)
    assert [file.suffix for file in path.parent.iterdir()] == [".lock"]
    assert not remembered(path)


def test_download_that_loads_is_installed(site, model):
    site.content = model.read_bytes()
    checkpoint = site.checkpoint(method="stardist", sha256="", size=0)
    assert resolve(checkpoint).read_bytes() == site.content
    assert remembered(location(checkpoint))


@pytest.mark.parametrize("content", [b"", b"<html>", CONTENT[:-1], b"not weights"])
def test_no_file_of_weights_is_installed(site, content):
    site.content = content
    checkpoint = site.checkpoint(sha256="", size=0)
    with pytest.raises(CheckpointError):
        resolve(checkpoint)
    assert not location(checkpoint).exists()
