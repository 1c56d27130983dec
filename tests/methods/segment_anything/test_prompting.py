"""What is asked and answered, and embeddings in files."""

import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_cellbench.errors import InputError
from napari_cellbench.methods.segment_anything.prompting import Candidate, Embedding, Prompt
from napari_cellbench.methods.segment_anything.views import View

LOGITS = np.zeros((256, 256), np.float32)


def embedding(**changes):
    about = {
        "features": np.random.default_rng(0).normal(size=(256, 64, 64)).astype(np.float32),
        "view": View(5, 6, 30, 40),
        "image_shape": (100, 110),
        "photograph": np.arange(1200, dtype=np.uint16).astype(np.uint8).reshape(30, 40),
    }
    return Embedding(**(about | changes))


def test_an_embedding_comes_back(tmp_path):
    file = tmp_path / "view.npz"
    saved = embedding()
    saved.save(file)
    found = Embedding.load(file)
    np.testing.assert_array_equal(found.features, saved.features)
    np.testing.assert_array_equal(found.photograph, saved.photograph)
    assert (found.view, found.image_shape) == (saved.view, saved.image_shape)


@pytest.mark.parametrize(
    "changes",
    [
        {"features": np.zeros((256, 64, 63), np.float32)},
        {"features": np.zeros((256, 64, 64))},
        {"features": np.full((256, 64, 64), np.nan, np.float32)},
        {"view": View(80, 6, 30, 40)},
        {"view": View(-1, 6, 30, 40)},
        {"photograph": np.zeros((3, 3), np.uint8)},
    ],
)
def test_what_does_not_fit_together_is_refused(tmp_path, changes):
    embedding(**changes).save(tmp_path / "odd.npz")
    with pytest.raises(InputError, match="no embedding"):
        Embedding.load(tmp_path / "odd.npz")


def test_a_damaged_file_is_refused(tmp_path):
    file = tmp_path / "view.npz"
    embedding().save(file)
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


@given(*[st.floats(-1000, 1000) for _ in range(4)])
def test_a_box_is_drawn_from_any_corner(y0, x0, y1, x1):
    if y0 == y1 or x0 == x1:
        with pytest.raises(InputError, match="no area"):
            Prompt.drag(y0, x0, y1, x1)
        return
    assert Prompt.drag(y0, x0, y1, x1).box == Prompt.drag(y1, x0, y0, x1).box


def test_prompts_that_say_nothing():
    none = np.zeros((0, 2))
    with pytest.raises(InputError, match="positive point or a box"):
        Prompt(none, np.zeros(0, bool))
    with pytest.raises(InputError, match="positive point or a box"):
        Prompt(np.zeros((1, 2)), np.zeros(1, bool))
    with pytest.raises(InputError, match="pairs"):
        Prompt(np.zeros((1, 3)), np.ones(1, bool))
    with pytest.raises(InputError, match="positive or negative"):
        Prompt(np.zeros((1, 2)), np.ones(2, bool))
    with pytest.raises(InputError, match="256"):
        Prompt(np.zeros((1, 2)), np.ones(1, bool), logits=np.zeros((3, 3), np.float32))


def test_a_correction_goes_on_from_what_was_chosen():
    chosen = Candidate(np.ones((2, 3), bool), (4, 5), 0.9, 0.9, LOGITS + 7)
    prompt = Prompt.click(5, 6).corrected(9, 9, False, chosen)
    assert prompt.points.tolist() == [[5, 6], [9, 9]]
    assert prompt.positive.tolist() == [True, False]
    assert prompt.logits is chosen.logits
    assert chosen.whole((10, 10)).sum() == 6
    assert chosen.whole((10, 10))[4:6, 5:8].all()
