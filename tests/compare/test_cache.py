"""The cache of results: what comes out is what went in, or nothing."""

import os
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_cellbench.compare.cache import ResultCache
from napari_cellbench.data import Instances
from napari_cellbench.engine import Segmentation
from napari_cellbench.errors import InputError
from napari_cellbench.files.bounded import ABANDONED

SHAPES = st.tuples(st.integers(1, 12), st.integers(1, 12))


@st.composite
def instances(draw):
    """Labels with gaps between ids, or masks that may overlap or be empty; with scores or not."""
    shape = draw(SHAPES)
    if draw(st.booleans()):
        labels = draw(arrays(np.int32, shape, elements=st.sampled_from([0, 1, 3, 70_000])))
        found = Instances.from_labels(labels)
    else:
        masks = draw(arrays(np.bool_, (draw(st.integers(0, 4)), *shape)))
        found = Instances.from_masks(masks, shape)
    scores = st.lists(st.floats(0, 1, width=32), min_size=len(found), max_size=len(found))
    return Instances(found.shape, found.labels, found.masks, draw(st.none() | scores.map(_float32)))


def _float32(scores):
    return np.array(scores, np.float32)


def segmentation(found):
    record = {"method": "watershed", "n_objects": len(found), "image": "µ · \u2603"}
    return Segmentation(found, record)


def some(seed=0, shape=(40, 50)):
    labels = np.random.default_rng(seed).integers(0, 9, shape).astype(np.int32)
    return segmentation(Instances.from_labels(labels))


@pytest.fixture
def cache(tmp_path):
    return ResultCache(tmp_path / "results")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(instances())
def test_round_trip(cache, found):
    cache.put("1f", segmentation(found))
    again = cache.get("1f")
    assert again.provenance == segmentation(found).provenance
    assert again.instances.shape == found.shape
    assert again.instances.masks == found.masks
    for one, other in (
        (again.instances.labels, found.labels),
        (again.instances.scores, found.scores),
    ):
        assert (one is None) == (other is None)
        if one is not None:
            assert one.dtype == other.dtype
            np.testing.assert_array_equal(one, other)


def test_nothing_there(cache):
    assert cache.get("1f") is None
    assert cache.size() == 0
    cache.clear()


def test_place(tmp_path, monkeypatch):
    monkeypatch.setenv("CELLBENCH_CACHE", str(tmp_path / "mine"))
    assert ResultCache().folder == tmp_path / "mine" / "results"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_damaged_file_is_deleted_or_harmless(cache, data):
    """Cut or changed at any place, a file gives what was stored or nothing, and never an error."""
    stored = some()
    cache.put("1f", stored)
    path = cache.folder / "1f.npz"
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        del content[place:]
    else:
        content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    found = cache.get("1f")
    if found is None:
        assert not path.exists()
        return
    np.testing.assert_array_equal(found.instances.labels, stored.instances.labels)
    assert found.provenance == stored.provenance


def test_pickle_is_not_loaded(cache):
    cache.folder.mkdir()
    bad = np.array([print], object)
    np.savez(cache.folder / "1f.npz", shape=bad, record=bad, labels=bad)
    assert cache.get("1f") is None
    assert not (cache.folder / "1f.npz").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"shape": np.array([40, 51])},
        {"scores": np.zeros(3, np.float32)},
        {"labels": np.zeros((40, 50), np.int32)},
        {"labels": np.full((40, 50), 0.5)},
        {"record": np.frombuffer(b"[]", np.uint8)},
    ],
)
def test_file_that_contradicts_itself(cache, change):
    cache.put("1f", some())
    path = cache.folder / "1f.npz"
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, **(arrays | change))
    assert cache.get("1f") is None


@pytest.mark.parametrize(
    ("counts", "lengths"), [(b"04", [1]), (b"9", [1]), (b"", [3]), (b"04", [3, -1])]
)
def test_masks_that_do_not_fit(cache, counts, lengths):
    found = Instances.from_masks(np.ones((1, 2, 2), np.bool_), (2, 2))
    cache.put("1f", segmentation(found))
    path = cache.folder / "1f.npz"
    with np.load(path) as file:
        arrays = dict(file)
    arrays |= {"counts": np.frombuffer(counts, np.uint8), "lengths": np.array(lengths)}
    np.savez(path, **arrays)
    assert cache.get("1f") is None


def test_used_longest_ago_is_dropped(cache):
    for i in range(4):
        cache.put(str(i), some(i))
        age(cache.folder / f"{i}.npz", 100 - i)
    one = cache.size() / 4
    assert cache.get("0") is not None
    small = ResultCache(cache.folder, limit=int(3.5 * one))
    small.put("4", some(4))
    kept = {path.stem for path in cache.folder.iterdir()}
    assert kept == {"0", "3", "4"}
    assert small.size() <= 3.5 * one


def test_newest_stays_however_large(cache):
    tiny = ResultCache(cache.folder, limit=1)
    tiny.put("1", some(1))
    tiny.put("2", some(2))
    assert tiny.get("1") is None
    assert tiny.get("2") is not None


def test_clear(cache):
    cache.put("1", some())
    assert cache.size() == (cache.folder / "1.npz").stat().st_size
    cache.clear()
    assert cache.size() == 0
    assert cache.get("1") is None


def test_abandoned_files_are_removed(cache):
    cache.folder.mkdir()
    old, new = cache.folder / ".aa.tmp", cache.folder / ".bb.tmp"
    old.touch()
    new.touch()
    age(old, 2 * ABANDONED)
    cache.put("1", some())
    assert not old.exists()
    assert new.exists()


def test_folder_that_can_not_be_made(tmp_path):
    (tmp_path / "results").touch()
    cache = ResultCache(tmp_path / "results")
    with pytest.raises(InputError, match="CELLBENCH_CACHE"):
        cache.put("1", some())
    assert cache.get("1") is None


def test_two_processes_at_once(cache):
    """Each writes, reads and drops the other's; neither ever sees anything but whole results."""
    script = """
import sys
from pathlib import Path
import numpy as np
from napari_cellbench.compare.cache import ResultCache
from napari_cellbench.data import Instances
from napari_cellbench.engine import Segmentation

cache = ResultCache(Path(sys.argv[1]), limit=5000)
found = 0
for number in np.random.default_rng(0).integers(0, 5, 150):
    key = str(number)
    labels = np.random.default_rng(number).integers(0, 9, (40, 50)).astype(np.int32)
    again = cache.get(key)
    if again is not None:
        found += 1
        np.testing.assert_array_equal(again.instances.labels, labels)
    cache.put(key, Segmentation(Instances.from_labels(labels), {"n_objects": 8}))
print(found)
"""
    command = [sys.executable, "-c", script, str(cache.folder)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    found = [int(process.communicate(timeout=120)[0]) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum(found) > 0
    assert all(path.suffix == ".npz" for path in cache.folder.iterdir())


def age(path, seconds):
    then = time.time() - seconds
    os.utime(path, (then, then))
