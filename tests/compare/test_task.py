"""What an entry follows from, found without a worker."""

import hashlib
from dataclasses import asdict

import numpy as np
import pytest

from napari_cellbench.checkpoints import get_checkpoint, location
from napari_cellbench.compare.keys import image_digest
from napari_cellbench.compare.task import task_of
from napari_cellbench.data.source import Source
from napari_cellbench.engine import Entry, Request, segment
from napari_cellbench.errors import CheckpointError, InputError
from napari_cellbench.methods.registry import get_method

NUCLEUS = ("nucleus",)
SOURCE = Source.of(np.zeros((1, 40, 50), np.uint8))
FLUO = "stardist-nuclei-fluo"


@pytest.mark.parametrize("method", ["watershed", "stardist"])
def test_lookup_and_worker_agree(engine, method):
    """What is found without a worker is what the worker tells."""
    for module in get_method(method).requires:
        pytest.importorskip(module)
    entry = Entry(method, device="cpu")
    task = task_of(entry, NUCLEUS)
    result = segment(engine, Request(SOURCE, NUCLEUS, task.setup))
    digest = image_digest(SOURCE)
    assert task.key(digest) == task.key_of(digest, result)
    assert dict(task.versions) == result.provenance["versions"]
    assert dict(task.setup.parameters) == result.provenance["parameters"]


def test_defaults_are_filled_in():
    task = task_of(Entry("watershed", parameters={"diameter": "30"}), NUCLEUS)
    assert task.setup.parameters == asdict(get_method("watershed").parameters(diameter=30.0))
    assert task.sha256 == ""


def test_bundled_checkpoint_is_chosen_by_the_channels():
    assert task_of(Entry("stardist"), NUCLEUS).setup.checkpoint.key == FLUO
    assert task_of(Entry("stardist"), ("red", "green", "blue")).setup.checkpoint.key != FLUO


def test_published_hash_needs_no_file():
    pytest.importorskip("stardist")
    checkpoint = get_checkpoint("stardist-2D_demo")
    assert not location(checkpoint).exists()
    assert task_of(Entry("stardist", checkpoint.key), NUCLEUS).sha256 == checkpoint.sha256 != ""


def test_own_file_is_hashed_as_it_is(tmp_path):
    file = tmp_path / "own.zip"
    for content in (b"first", b"second"):
        file.write_bytes(content)
        task = task_of(Entry("stardist", str(file)), NUCLEUS)
        assert task.sha256 == hashlib.sha256(content).hexdigest()


def test_hash_that_nobody_published_is_unknown_before_the_download():
    pytest.importorskip("cellpose")
    task = task_of(Entry("cellpose_unet", "cellpose-cyto3"), NUCLEUS)
    assert task.setup.checkpoint.sha256 == ""
    assert task.sha256 is None
    assert task.key("1f") is None


def test_adopted_result_has_the_names_of_now(engine):
    task = task_of(Entry("watershed"), NUCLEUS)
    result = segment(engine, Request(SOURCE, NUCLEUS, task.setup, "before"))
    adopted = task.adopt(result, "after")
    assert adopted.instances is result.instances
    assert adopted.provenance == result.provenance | {"image": "after"}


@pytest.mark.parametrize(
    ("entry", "error"),
    [
        (Entry("magic"), InputError),
        (Entry("watershed", parameters={"diameter": 0}), InputError),
        (Entry("watershed", FLUO), InputError),
        (Entry("stardist", "no-such"), CheckpointError),
    ],
)
def test_wrong_entries(entry, error):
    with pytest.raises(error):
        task_of(entry, NUCLEUS)
