"""Embeddings in files."""

import zipfile

import numpy as np
import pytest

from napari_cellbench.errors import InputError
from napari_cellbench.methods.segment_anything.embedding import Embedding
from napari_cellbench.prompting.views import View


def embedding(**changes):
    about = {
        "features": np.random.default_rng(0).normal(size=(256, 64, 64)).astype(np.float16),
        "view": View(5, 6, 30, 40),
        "image_shape": (100, 110),
        "photograph": np.arange(1200, dtype=np.uint16).astype(np.uint8).reshape(30, 40),
    }
    return Embedding(**(about | changes))


def save(made, path):
    with path.open("wb") as file:
        made.save(file)


def test_an_embedding_comes_back(tmp_path):
    file = tmp_path / "view.npz"
    saved = embedding()
    save(saved, file)
    found = Embedding.load(file)
    np.testing.assert_array_equal(found.features, saved.features)
    np.testing.assert_array_equal(found.photograph, saved.photograph)
    assert (found.view, found.image_shape) == (saved.view, saved.image_shape)


@pytest.mark.parametrize(
    "changes",
    [
        {"features": np.zeros((256, 64, 63), np.float16)},
        {"features": np.zeros((256, 64, 64), np.float32)},
        {"features": np.full((256, 64, 64), np.nan, np.float16)},
        {"view": View(80, 6, 30, 40)},
        {"view": View(-1, 6, 30, 40)},
        {"photograph": np.zeros((3, 3), np.uint8)},
    ],
)
def test_what_does_not_fit_together_is_refused(tmp_path, changes):
    save(embedding(**changes), tmp_path / "odd.npz")
    with pytest.raises(InputError, match="no embedding"):
        Embedding.load(tmp_path / "odd.npz")


def test_a_damaged_file_is_refused(tmp_path):
    file = tmp_path / "view.npz"
    save(embedding(), file)
    content = file.read_bytes()
    for damaged in (b"", b"text", content[:1000], content[:-30]):
        file.write_bytes(damaged)
        with pytest.raises(InputError, match="no embedding"):
            Embedding.load(file)
    with pytest.raises(InputError, match="no embedding"):
        Embedding.load(tmp_path / "none.npz")


def test_a_pickle_in_it_is_not_read(tmp_path):
    file = tmp_path / "evil.npz"
    np.savez(file, format=np.array([{}], object), features=np.array([print], object))
    assert zipfile.is_zipfile(file)
    with pytest.raises(InputError, match="no embedding"):
        Embedding.load(file)
