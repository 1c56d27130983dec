"""Which files belong together by name, and that none is dropped without a word."""

import json

import numpy as np
import pytest
import tifffile

from napari_cellbench.data.writers import write_labels
from napari_cellbench.errors import InputError
from napari_cellbench.scoring.pairs import find_pairs, image_name

LABELS = np.eye(5, dtype=np.uint8)


def make(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("_seg.npy"):
            write_labels(path, LABELS)
        else:
            tifffile.imwrite(path, LABELS)
    return folder


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("a_labels.tif", ("a", True, False)),
        ("A_cp_masks.PNG", ("A", True, False)),
        ("a_seg.npy", ("a", True, False)),
        ("a_label.ome.tif", ("a", True, False)),
        ("a.b_prediction.geojson", ("a.b", True, False)),
        ("a.ome.zarr", ("a", False, False)),
        ("a_image.tif", ("a", False, True)),
        ("a_img.png", ("a", False, True)),
        ("_labels.tif", ("_labels", False, False)),
        ("labels.tif", ("labels", False, False)),
    ],
)
def test_names(name, found):
    assert image_name(name) == found


def test_usual_folders(tmp_path):
    truth = make(tmp_path / "t", "a_image.tif", "a_labels.tif", "b.tif", "b_cp_masks.tif", "c.tif")
    prediction = make(tmp_path / "p", "a.tif", "b_seg.npy", "d_pred.tif", "notes.txt.tif")
    found = find_pairs(truth, prediction)
    assert [(p.name, p.truth.path.name, p.prediction.path.name) for p in found.pairs] == [
        ("a", "a_labels.tif", "a.tif"),
        ("b", "b_cp_masks.tif", "b_seg.npy"),
    ]
    assert (found.no_prediction, found.no_truth) == (("c",), ("d", "notes.txt"))
    assert "no prediction: c." in found.notes[0]
    assert "no truth: d, notes.txt." in found.notes[1]


def test_subfolders_are_groups_and_may_be_missing_on_one_side(tmp_path):
    truth = make(tmp_path / "t", "x/a.tif", "x/b.tif", "y/a.tif", "y/c.tif")
    flat = make(tmp_path / "flat", "b.tif", "c.tif", "a.tif")
    same = make(tmp_path / "same", "x/a.tif", "y/a.tif")
    assert [(p.name, p.group) for p in find_pairs(truth, same).pairs] == [
        ("x/a", "x"),
        ("y/a", "y"),
    ]
    found = find_pairs(truth, flat)
    # Two of the name a: neither is taken by guess.
    assert [(p.name, p.group) for p in found.pairs] == [("x/b", "x"), ("y/c", "y")]
    assert found.no_prediction == ("x/a", "y/a")
    assert found.no_truth == ("a",)


def test_groups_of_a_table(tmp_path):
    truth = make(tmp_path / "t", "a.tif", "b.tif", "c.tif")
    table = tmp_path / "groups.csv"
    table.write_text("image,group\na_image.tif,HeLa\nB,U2OS\n", encoding="utf-8-sig")
    found = find_pairs(truth, truth, table)
    assert [p.group for p in found.pairs] == ["HeLa", "U2OS", ""]
    assert found.notes == ("groups.csv has no group for: c.",)
    table.write_text("alone\n")
    with pytest.raises(InputError, match="name and its group"):
        find_pairs(truth, truth, table)


def test_two_files_for_one_image(tmp_path):
    truth = make(tmp_path / "t", "a_masks.tif", "a_seg.npy")
    found = find_pairs(truth, truth)
    assert len(found.pairs) == 1
    assert "a has several files" in found.notes[0]


def test_two_files_need_no_common_name(tmp_path):
    make(tmp_path, "one.tif", "other.tif")
    (pair,) = find_pairs(tmp_path / "one.tif", tmp_path / "other.tif").pairs
    assert pair.name == "one"


def test_a_file_of_many_images_against_a_folder(tmp_path):
    content = {
        "images": [
            {"id": i, "file_name": f"im/{n}.png", "height": 5, "width": 5}
            for i, n in enumerate("ab")
        ],
        "annotations": [],
    }
    (tmp_path / "truth.json").write_text(json.dumps(content))
    folder = make(tmp_path / "p", "b.tif", "a_pred.tif")
    found = find_pairs(tmp_path / "truth.json", folder)
    assert [(p.name, p.truth.name, p.prediction.path.name) for p in found.pairs] == [
        ("im/a", "im/a.png", "a_pred.tif"),
        ("im/b", "im/b.png", "b.tif"),
    ]


def test_nothing_belongs_together(tmp_path):
    with pytest.raises(InputError, match=r"No names of .* a against b"):
        find_pairs(make(tmp_path / "t", "a.tif"), make(tmp_path / "p", "b.tif"))
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match="holds no files of objects"):
        find_pairs(tmp_path / "none", tmp_path / "t")
