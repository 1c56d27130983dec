"""Embeddings in memory and on the disk."""

import numpy as np
import pytest

from napari_cellbench.files.bounded import size_of
from napari_cellbench.methods.segment_anything.cache import EmbeddingCache
from napari_cellbench.methods.segment_anything.embedding import Embedding
from napari_cellbench.prompting.views import View


def embedding(value):
    features = np.full((256, 64, 64), value, np.float16)
    return Embedding(features, View(0, 0, 4, 4), (4, 4), np.zeros((4, 4), np.uint8))


def value(found):
    return None if found is None else float(found.features[0, 0, 0])


def test_memory_keeps_those_used_last():
    cache = EmbeddingCache(in_memory=2)
    cache.put("a", embedding(1))
    cache.put("b", embedding(2))
    assert value(cache.get("a")) == 1
    cache.put("c", embedding(3))
    assert [value(cache.get(key)) for key in "abc"] == [1, None, 3]


def test_another_process_finds_them_in_the_folder(tmp_path):
    EmbeddingCache().put("a", embedding(1), tmp_path / "new")
    other = EmbeddingCache()
    assert other.get("a") is None
    assert value(other.get("a", tmp_path / "new")) == 1
    assert value(other.get("a")) == 1, "it is in memory from then on"


def test_the_folder_stays_within_its_limit(tmp_path):
    EmbeddingCache().put("a", embedding(1), tmp_path)
    limit = 2 * size_of(tmp_path, ".npz")
    cache = EmbeddingCache(on_disk=limit)
    for number, key in enumerate("bcd"):
        cache.put(key, embedding(number), tmp_path)
    assert 0 < size_of(tmp_path, ".npz") <= limit
    assert value(EmbeddingCache().get("d", tmp_path)) == 2
    assert EmbeddingCache().get("a", tmp_path) is None


@pytest.mark.parametrize("damage", [b"", b"text"])
def test_a_damaged_file_is_made_again(tmp_path, damage):
    EmbeddingCache().put("a", embedding(1), tmp_path)
    (tmp_path / "a.npz").write_bytes(damage)
    assert EmbeddingCache().get("a", tmp_path) is None


def test_a_folder_that_cannot_be_written_stops_nobody(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    cache = EmbeddingCache()
    cache.put("a", embedding(1), tmp_path / "file")
    assert value(cache.get("a")) == 1
