"""Data sets, image by image, with names and groups."""

import json

import numpy as np
import pytest

from napari_cellbench.benchmark.data_sets import Images, groups_of, names_of
from napari_cellbench.data.readers import npy_rows, read_samples
from napari_cellbench.data.samples import sample_folder
from napari_cellbench.errors import InputError

from .conftest import disks, write_pair


def test_groups_are_those_of_each_format():
    def groups(path, by=None):
        images = Images(path, by)
        return [images.read(i).group for i in range(len(images))]

    tissuenet = sample_folder() / "tissuenet_v1.1_sample.npz"
    tissues = [sample.group for sample in read_samples(tissuenet)]
    platforms = [sample.metadata["platform"] for sample in read_samples(tissuenet)]
    assert len(set(tissues)) > 1
    assert groups(tissuenet) == groups(tissuenet, "tissue") == tissues
    assert groups(tissuenet, "platform") == platforms
    both = groups(tissuenet, "tissue,platform")
    assert both == [f"{a} / {b}" for a, b in zip(tissues, platforms, strict=True)]
    assert set(groups(sample_folder() / "livecell")) == {"A172", "BV2"}
    assert set(groups(sample_folder() / "stage1_sample")) <= {
        "fluorescence",
        "histology",
        "brightfield",
    }
    with pytest.raises(InputError, match="platform"):
        Images(tissuenet, "organ").read(0)


def test_subfolders_are_groups_and_names_stay_distinct(tmp_path):
    for folder in ("b", "a"):
        for name in ("one", "two"):
            write_pair(tmp_path / folder, name, disks(1))
    (tmp_path / "notes").mkdir()
    images = Images(tmp_path)
    assert images.names == ("a/one", "a/two", "b/one", "b/two")
    assert [images.read(i).group for i in range(4)] == ["a", "a", "b", "b"]
    assert images.read(2).name == "b/one"


def test_a_csv_of_groups(tmp_path):
    file = tmp_path / "groups.csv"
    file.write_text("one_image.tif,first\na/two,second\nthree,third\n")
    names = ("one", "a/two", "b/one", "four")
    assert groups_of(file, names) == {"one": "first", "a/two": "second", "b/one": "first"}
    with pytest.raises(InputError, match="names none of the images"):
        groups_of(file, ("other",))


def test_names_that_a_list_has_twice_are_told_apart(tmp_path):
    write_pair(tmp_path, "one", disks(1))
    entry = {
        "name": "one",
        "roles": ["nucleus"],
        "target": "nucleus",
        "split": "val",
        "sha256": "",
        "cells": 5,
    }
    (tmp_path / "corrections.json").write_text(json.dumps({"images": [entry] * 3}))
    images = Images(tmp_path)
    assert images.names == ("one", "one (2)", "one (3)")
    assert images.read(2).name == "one (3)"
    assert images.read(2).group == "val"


def test_another_annotator_is_the_truth(tmp_path):
    import tifffile

    write_pair(tmp_path, "one", disks(1))
    other = disks(2)
    tifffile.imwrite(tmp_path / "one_labels_ann.tif", other)
    (truth,) = Images(tmp_path, truth_by="ann").read(0).truth.values()
    assert np.array_equal(truth.to_labels(), other)
    with pytest.raises(InputError, match="ann"):
        Images(tmp_path, truth_by="bob").read(0)


def test_data_sets_are_named_by_as_much_as_tells_them_apart(tmp_path):
    paths = [tmp_path / name for name in ("fluo/val", "histology/val", "phase")]
    names = names_of(paths, {})
    assert list(names.values()) == ["fluo/val", "histology/val", "phase"]
    assert names_of(paths[:1], {}) == {paths[0]: "val"}
    # Names that are in tables already stay.
    later = names_of(paths, {paths[0]: "val"})
    assert later == {paths[0]: "val", paths[1]: "histology/val", paths[2]: "phase"}


def test_folders_without_anything_are_refused(tmp_path):
    with pytest.raises(InputError, match="holds no data set"):
        Images(tmp_path)


@pytest.mark.parametrize("compressed", [True, False])
def test_a_large_archive_is_read_row_by_row(tmp_path, compressed, monkeypatch):
    rng = np.random.default_rng(0)
    x = rng.random((30, 16, 16, 2), np.float32)
    y = rng.integers(0, 5, (30, 16, 16, 2)).astype(np.float32)
    save = np.savez_compressed if compressed else np.savez
    save(tmp_path / "t.npz", X=x, y=y, tissue_list=np.array(["a", "b"] * 15))
    whole = read_samples(tmp_path / "t.npz")
    streamed = whole.streamed()
    monkeypatch.setattr(type(whole), "_load", None)
    rewinds = []
    rewind = npy_rows.NpyRows._rewind
    monkeypatch.setattr(npy_rows.NpyRows, "_rewind", lambda self: rewinds.append(1) or rewind(self))
    for i in [*range(12), 20, 17, 3]:
        sample = streamed[i]
        assert np.array_equal(sample.image, np.moveaxis(x[i], -1, 0))
        assert np.array_equal(sample.truth["nucleus"].to_labels(), y[i, ..., 1])
        assert sample.group == "ab"[i % 2]
    # Once at the start, and once for going far back; each of two arrays.
    assert len(rewinds) == 4
    assert streamed.stack() is None


def test_an_archive_that_is_cut_off_is_refused(tmp_path):
    np.savez(tmp_path / "t.npz", X=np.ones((9, 8, 8, 2)), y=np.ones((9, 8, 8, 2), int))
    content = (tmp_path / "t.npz").read_bytes()
    streamed = read_samples(tmp_path / "t.npz").streamed()
    place = content.index(b"\x93NUMPY") + 1000
    (tmp_path / "t.npz").write_bytes(content[:place] + b"\x07" * 8 + content[place + 8 :])
    with pytest.raises(InputError, match=r"t\.npz"):
        [streamed[i] for i in range(9)]


def test_an_archive_whose_images_lie_across_each_other_is_read_whole(tmp_path):
    x = np.asfortranarray(np.random.default_rng(0).random((4, 8, 8, 2)))
    np.savez(tmp_path / "t.npz", X=x, y=np.ones((4, 8, 8, 2), int))
    streamed = read_samples(tmp_path / "t.npz").streamed()
    for i in range(4):
        assert np.array_equal(streamed[i].image, np.moveaxis(x[i], -1, 0))
