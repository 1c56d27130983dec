"""COCO, read back by pycocotools."""

import contextlib
import io
import json

import numpy as np
import pytest
from pycocotools.coco import COCO
from skimage.measure import regionprops

from napari_cellbench.data.writers import write_labels

from .conftest import PROVENANCE

# pycocotools 2.0.11 decodes masks in a way that numpy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy")


def load(path):
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(path))


def test_same_masks_areas_and_boxes(tmp_path, labels):
    coco = load(write_labels(tmp_path / "a.json", labels))
    regions = {region.label: region for region in regionprops(labels)}
    assert set(coco.anns) == set(regions)
    for i, annotation in coco.anns.items():
        np.testing.assert_array_equal(coco.annToMask(annotation), labels == i)
        top, left, bottom, right = regions[i].bbox
        assert annotation["bbox"] == [left, top, right - left, bottom - top]
        assert annotation["area"] == regions[i].area
        assert "score" not in annotation


def test_overlapping_masks_are_kept_with_their_scores(tmp_path, overlapping):
    coco = load(write_labels(tmp_path / "a.json", overlapping))
    masks = [coco.annToMask(coco.anns[i]) for i in (1, 2, 3)]
    assert (masks[0] & masks[1]).sum() == 50
    assert [mask.sum() for mask in masks] == [15 * 15 - 4, 15 * 23, 0]
    assert [coco.anns[i]["score"] for i in (1, 2, 3)] == [0.5, 0.875, 0.25]


@pytest.mark.parametrize(("target", "name"), [("nucleus", "nucleus"), ("whole_cell", "cell")])
def test_category_is_the_target(tmp_path, labels, target, name):
    coco = load(write_labels(tmp_path / "a.json", labels, provenance={"target": target}))
    assert {cat["name"] for cat in coco.cats.values()} == {"cell", "nucleus"}
    [category] = coco.loadCats({a["category_id"] for a in coco.anns.values()})
    assert category["name"] == name


def test_image_and_provenance(tmp_path, labels):
    path = write_labels(tmp_path / "field_7.json", labels, provenance=PROVENANCE)
    coco = load(path)
    assert list(coco.imgs.values()) == [
        {"id": 1, "file_name": "field_7", "height": 40, "width": 60}
    ]
    record = json.loads(path.read_text())["info"]["cellbench"]
    assert record == {**PROVENANCE, "image": "field_7"}


def test_no_objects(tmp_path):
    coco = load(write_labels(tmp_path / "a.json", np.zeros((5, 6), np.uint8)))
    assert coco.anns == {}
    assert len(coco.imgs) == 1
