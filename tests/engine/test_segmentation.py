"""From names to objects, and the record of how."""

import json
import shutil
import threading
from dataclasses import asdict, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from napari_cellbench import __version__
from napari_cellbench.checkpoints import checkpoints, get_checkpoint, location
from napari_cellbench.data.kind import kind_by_roles
from napari_cellbench.data.source import Source
from napari_cellbench.engine import Entry, Request, default_checkpoint, segment
from napari_cellbench.errors import Cancelled, CheckpointError, InputError
from napari_cellbench.methods.registry import get_method, methods

REFERENCES = Path(__file__).parents[1] / "references" / "stardist"


@pytest.fixture
def source():
    y, x = np.indices((64, 96))
    return Source.of(np.where(np.hypot(y % 32 - 16, x % 32 - 16) < 8, 900, 50)[None])


def tiling_of(method):
    tiling = method.load(None, "cpu").tiling(method.parameters())
    return {"tile_size": tiling.size, "tile_overlap": tiling.overlap}


def test_provenance(engine, source):
    parameters = {"correction": "0.9"}
    entry = Entry("watershed", parameters=parameters)
    found = segment(engine, Request.of(source, ("nucleus",), entry, "a"))
    record = json.loads(json.dumps(found.provenance))
    assert record == found.provenance
    assert datetime.fromisoformat(record.pop("created")).utcoffset() is not None
    assert 0 <= record.pop("seconds") < 300
    assert record.pop("peak_memory") > 1_000_000
    assert record.pop("versions")["napari-cellbench"] == __version__
    method = get_method("watershed")
    assert record == {
        "method": "watershed",
        "method_title": method.title,
        "citation": method.citation,
        "target": "nucleus",
        "checkpoint": None,
        "notes": [],
        "checkpoint_sha256": None,
        "parameters": asdict(method.parameters(correction=0.9)),
        "roles": ["nucleus"],
        "image": "a",
        "device": "cpu",
        "tiles": 1,
        **tiling_of(method),
        "peak_gpu_memory": None,
        "n_objects": 6,
    }


def test_no_note_hides_another(engine):
    """Notes of the input, of the run and of the choice are all kept."""
    y, x = np.indices((128, 96))
    image = np.where(np.hypot(y % 32 - 16, x % 32 - 16) < 8, 900.0, 50.0)
    image[100:] = np.nan
    kind = kind_by_roles(("phase",), None)
    request = Request.of(Source.of(image[None]), ("phase",), Entry("watershed"), kind=kind)
    found = segment(engine, replace(request, notes=("The file has three series.",)))
    given, *of_run, mismatch = found.provenance["notes"]
    assert given == "The file has three series."
    assert "margin" in " ".join(of_run)
    assert "expect wrong objects" in mismatch


def test_download_can_be_cancelled(engine, source, tmp_path, monkeypatch):
    checkpoint = get_checkpoint("stardist-2D_demo")
    monkeypatch.setenv("CELLBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CELLBENCH_MIRROR", str(tmp_path))
    (tmp_path / location(checkpoint).name).write_bytes(bytes(1_000_000))
    cancel = threading.Event()
    told = []

    def stop(progress):
        told.append(progress.message)
        cancel.set()

    request = Request.of(source, ("nucleus",), Entry("stardist", checkpoint.key))
    with pytest.raises(Cancelled):
        segment(engine, request, stop, cancel)
    assert told == ["Downloading Demonstration (7%)"]


def test_file_that_changes_or_goes(engine, source, tmp_path):
    """The record names the weights that were used, and none are used that are not there."""
    pytest.importorskip("stardist")
    file = tmp_path / "model.zip"

    def run():
        entry = Entry("stardist", str(file), device="cpu")
        return segment(engine, Request.of(source, ("nucleus",), entry))

    results = []
    for model in ("grey-grid2.zip", "grey-grid1.zip"):
        shutil.copy(REFERENCES / model, file)
        found = run()
        assert found.provenance["checkpoint"] == str(file)
        assert found.provenance["checkpoint_sha256"] == sha256(file.read_bytes()).hexdigest()
        results.append(found.instances.labels)
    assert (results[0] != results[1]).any()
    file.unlink()
    with pytest.raises(CheckpointError, match=r"model\.zip"):
        run()


@pytest.mark.parametrize(
    ("method", "checkpoint", "error", "message"),
    [
        ("watershed", "stardist-nuclei-fluo", InputError, "takes no checkpoint"),
        ("stardist", "no-such-thing", CheckpointError, "no-such-thing"),
        ("magic", None, InputError, "No method 'magic'"),
    ],
)
def test_wrong_names(source, method, checkpoint, error, message):
    with pytest.raises(error, match=message):
        Request.of(source, ("nucleus",), Entry(method, checkpoint))


def test_wrong_parameter_is_said_before_there_is_a_process(source):
    with pytest.raises(InputError, match="diameter"):
        Request.of(source, ("nucleus",), Entry("watershed", parameters={"diameter": 0}))


@pytest.mark.parametrize("method", sorted(methods()))
def test_default_checkpoint(method):
    """Of the bundled ones, one whose channels the image has where there is any."""
    bundled = [c for c in checkpoints() if (c.method, c.source) == (method, "bundled")]
    for checkpoint in bundled:
        chosen = default_checkpoint(get_method(method), tuple(checkpoint.channels))
        assert set(chosen.channels) <= set(checkpoint.channels)
    if not bundled:
        assert default_checkpoint(get_method(method), ("nucleus",)) is None
