"""What holds for every format."""

import errno
import os
import time
from pathlib import Path

import numpy as np
import pytest

from napari_cellbench.data import Instances
from napari_cellbench.data.writers import write_labels
from napari_cellbench.errors import InputError

NAMES = ["a.tif", "a.json", "a.geojson", "a.zip", "a_seg.npy"]
PLANAR = NAMES[1:]


@pytest.mark.parametrize("name", NAMES)
def test_full_disk_leaves_the_old_file(tmp_path, monkeypatch, labels, name):
    path = write_labels(tmp_path / name, labels)
    before = path.read_bytes()

    def fsync(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(InputError, match="is full"):
        write_labels(path, np.ones((300, 300), np.uint16))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", PLANAR)
def test_one_plane_only(tmp_path, name):
    with pytest.raises(InputError, match="Export one plane"):
        write_labels(tmp_path / name, np.ones((2, 5, 6), np.uint8))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", PLANAR)
def test_a_stack_of_one_plane(tmp_path, labels, name):
    alone = write_labels(tmp_path / name, labels).read_bytes()
    stacked = write_labels(tmp_path / name, labels[None]).read_bytes()
    if name != "a.zip":  # which holds the time
        assert stacked == alone


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.full((3, 3), 0.5), "whole numbers"),
        (np.full((3, 3), -1), "between 0"),
        (np.full((3, 3), 2**31), "between 0"),
        (np.ones(3, int), "must be"),
        (np.ones((0, 3), int), "no pixels"),
        (np.full((3, 3), "a"), "must be integers"),
    ],
)
def test_wrong_labels(tmp_path, name, labels, message):
    with pytest.raises(InputError, match=message):
        write_labels(tmp_path / name, labels)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a", "a.png", "a.npy", "a.tif.gz"])
def test_unknown_ending(tmp_path, name):
    with pytest.raises(InputError, match="must end in"):
        write_labels(tmp_path / name, np.ones((3, 3), int))


@pytest.mark.parametrize("name", NAMES)
def test_provenance_of_any_type(tmp_path, name):
    record = {"score": np.float32(0.5), "weights": Path("a"), "size": (1, 2), "mean": np.ones(2)}
    assert write_labels(tmp_path / name, np.eye(3, dtype=int), provenance=record).exists()


@pytest.mark.parametrize("name", ["A.TIF", "A.GeoJSON", "A_SEG.NPY"])
def test_endings_in_capitals(tmp_path, name):
    assert write_labels(tmp_path / name, np.eye(3, dtype=int)).exists()


@pytest.mark.parametrize("name", NAMES)
def test_70_000_objects(tmp_path, name):
    labels = np.zeros((530, 530), np.int32)
    labels[::2, ::2] = np.arange(1, 265**2 + 1).reshape(265, 265)
    start = time.perf_counter()
    write_labels(tmp_path / name, Instances.from_labels(labels))
    # One image-sized array an object would take minutes.
    assert time.perf_counter() - start < 60
