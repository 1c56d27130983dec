"""Cases of annotations and masks, by the names of their folders: see the README of each."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from napari_cellbench.data.layers import read_layers
from napari_cellbench.data.readers import detect, read_samples
from napari_cellbench.errors import InputError

HERE = Path(__file__).parent


def rows_and_columns(labels):
    rows, columns = np.nonzero(labels)
    return rows.min(), rows.max(), columns.min(), columns.max()


@pytest.mark.parametrize("name", ["ann.json", "empty_polygon.json"])
def test_coco_bbox_only(name):
    with pytest.raises(InputError, match="have boxes only; outlines are needed"):
        read_samples(HERE / "coco_bbox_only" / name)


def test_coco_beside_seg_npy():
    (sample,) = read_samples(HERE / "coco_beside_seg_npy" / "a.json")
    truth = sample.truth["whole_cell"]
    assert len(truth) == 3
    assert rows_and_columns(truth.to_labels()) == (10, 31, 10, 111)
    assert len(read_samples(HERE / "coco_beside_seg_npy" / "a.tif")[0].truth["whole_cell"]) == 36


def test_coco_image_id_text():
    (sample,) = read_samples(HERE / "coco_image_id_text" / "ann.json")
    assert len(sample.truth["whole_cell"]) == 1


def test_coco_same_name_in_folders():
    dataset = read_samples(HERE / "coco_same_name_in_folders" / "ann.json")
    assert [path.parent.name for path in dataset.images] == ["A", "B"]
    assert [sample.name for sample in dataset] == ["A/img", "B/img"]
    assert not np.array_equal(dataset[0].image, dataset[1].image)


def test_coco_size_mismatch():
    with pytest.raises(InputError, match="280 x 200 pixels, and it has 140 x 100"):
        read_layers(str(HERE / "coco_size_mismatch" / "ann.json"))


def test_coco_windows_path():
    (sample,) = read_samples(HERE / "coco_windows_path" / "ann.json")
    assert (sample.name, len(sample.truth["whole_cell"])) == ("a", 1)


def test_seg_npy_channels_ignored():
    layers = read_layers(str(HERE / "seg_npy_channels_ignored" / "a_seg.npy"))
    shown = {options["name"]: data.max() for data, options, kind in layers if kind == "image"}
    assert shown == {"a · whole cell": 210, "a · nucleus": 105}


@pytest.mark.parametrize(("name", "channels"), [("a", 2), ("b", 2)])
def test_seg_npy_image_yxc(name, channels):
    (sample,) = read_samples(HERE / "seg_npy_image_yxc" / f"{name}_seg.npy")
    assert sample.image.shape == (channels, 128, 128)
    assert sample.roles[0] == "whole_cell"
    assert len(sample.truth["whole_cell"]) == 9


def test_seg_npy_path_object():
    (sample,) = read_samples(HERE / "seg_npy_path_object" / "a_seg.npy")
    assert sample.image.shape == (1, 128, 128)
    assert len(sample.truth["whole_cell"]) == 9


def test_image_suffix_upper_case(tmp_path):
    folder = HERE / "image_suffix_upper_case"
    (sample,) = read_samples(folder / "a_seg.npy")
    assert (sample.image.shape[1:], len(sample.truth["whole_cell"])) == ((128, 128), 9)
    shutil.copy(folder / "a.TIF", tmp_path / "b_image.TIF")
    shutil.copy(HERE / "plane_without_truth_scored" / "a_labels.tif", tmp_path / "b_labels.TIF")
    assert detect(tmp_path).key == "pairs"
    assert detect(tmp_path / "b_image.TIF").key == "pairs"
    assert read_samples(tmp_path)._labelled == [True]


def test_plane_without_truth_scored():
    folder = HERE / "plane_without_truth_scored"
    labelled, unknown = read_samples(folder)
    assert (len(labelled.truth), unknown.truth) == (1, {})
    (layer,) = [options for _, options, kind in read_layers(str(folder)) if kind == "labels"]
    assert layer["metadata"]["cellbench"]["truth_planes"] == [True, False]
