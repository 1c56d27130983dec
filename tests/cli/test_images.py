"""Which images names stand for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_cellbench.cli.images import find_items
from napari_cellbench.data.readers import Dataset
from napari_cellbench.data.samples import sample_folder
from napari_cellbench.errors import InputError


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        tifffile.imwrite(name, np.zeros((20, 20), np.uint8))


def named(*given: str) -> list[str]:
    return [item.name for item in find_items(given, None, None)]


def test_folders_patterns_and_files_each_image_once(here):
    make("a/2.tif", "a/1.tif", "b/3.tif", "b/deep/4.tif", "[c].tif")
    assert named("a") == ["1", "2"]
    assert named("a/*.tif", "a/1.tif", "./a") == ["1", "2"]
    assert named("b/**/*.tif") == ["3", "4"]
    assert named("[c].tif", "a/[12].tif") == ["[c]", "1", "2"]


def test_images_of_the_same_name_get_their_folders_names(here):
    make("x/a.tif", "y/a.tif", "y/b.tif")
    assert named("x", "y") == ["x/a", "y/a", "b"]
    make("x/s/a.tif", "y/s/a.tif")
    assert named("x/s", "y/s") == ["x/s/a", "y/s/a"]
    make("z/a.tif", "z/a.tiff")
    assert len(set(named("z"))) == 2


def test_labels_beside_their_images_are_left_out_and_said(here, capsys):
    make("f/a.tif", "f/a_labels.tif", "f/b_labels.tif", "p/n_image.tif", "p/n_labels.tif")
    assert named("f") == ["a", "b_labels"]
    assert "labels by their names: a_labels.tif." in capsys.readouterr().err
    assert named("p") == ["n"]
    assert named("f/a_labels.tif") == ["a_labels"]


def test_data_sets_are_images_each(here):
    assert len(named(str(sample_folder() / "tissuenet_v1.1_sample.npz"))) > 1
    (item, *_) = find_items([str(sample_folder() / "stage1_sample")], None, None)
    assert item.name.startswith("stage1_sample/")
    assert item.path.suffix == ".png"
    assert len(item.open()) == 1


def test_names_in_files_lead_nowhere(here, monkeypatch):
    class Hostile(Dataset):
        def read(self, index):
            raise NotImplementedError

    make("a.tif")
    hostile = Hostile("..", ["../../evil", "/etc/x", "a\\..\\b"])
    monkeypatch.setattr("napari_cellbench.data.readers.planes.is_image", lambda path: False)
    monkeypatch.setattr("napari_cellbench.data.readers.detect", lambda path: object())
    monkeypatch.setattr("napari_cellbench.data.readers.read_samples", lambda path: hostile)
    names = named("a.tif")
    assert names == ["_/_.._evil", "_/_etc_x", "_/a_.._b"]


@pytest.mark.parametrize(
    ("given", "says"), [("*.png", "Nothing fits"), ("empty", "holds no images"), ("", "is empty")]
)
def test_where_nothing_is(here, given, says):
    Path("empty").mkdir()
    with pytest.raises(InputError, match=says):
        named(given)
