"""ImageJ regions, read back by roifile."""

import json
import zipfile

import numpy as np
import pytest
import roifile

from napari_cellbench.data import Instances
from napari_cellbench.data.writers import write_labels
from napari_cellbench.errors import InputError

from .conftest import PROVENANCE, filled


def test_same_labels(tmp_path, labels):
    regions = roifile.roiread(write_labels(tmp_path / "a.zip", labels))
    again = np.zeros_like(labels)
    for region in regions:
        again[filled(region.coordinates(multi=True), labels.shape)] = int(region.name)
    np.testing.assert_array_equal(again, labels)


def test_kinds_of_regions(tmp_path, labels):
    regions = roifile.roiread(write_labels(tmp_path / "a.zip", labels))
    assert {int(region.name): region.composite for region in regions} == {
        1: True,
        5: False,
        7: True,
        70: True,
        400: False,
    }
    for region in regions:
        kind = roifile.ROI_TYPE.RECT if region.composite else roifile.ROI_TYPE.TRACED
        assert region.roitype == kind
        rows, columns = np.nonzero(labels == int(region.name))
        assert (region.top, region.bottom) == (rows.min(), rows.max() + 1)
        assert (region.left, region.right) == (columns.min(), columns.max() + 1)


def test_overlapping_masks(tmp_path, overlapping):
    regions = roifile.roiread(write_labels(tmp_path / "a.zip", overlapping))
    first, second = (filled(region.coordinates(multi=True), (30, 40)) for region in regions)
    assert (first & second).sum() == 50


def test_large_coordinates(tmp_path):
    labels = np.zeros((40_000, 3), np.uint8)
    labels[39_990:] = 1
    [region] = roifile.roiread(write_labels(tmp_path / "a.zip", labels))
    assert region.coordinates()[:, 1].min() == 39_990
    assert region.coordinates()[:, 1].max() == 40_000


def test_image_beyond_the_format(tmp_path):
    labels = Instances.from_labels(np.ones((70_000, 1), np.uint8))
    with pytest.raises(InputError, match="GeoJSON or TIFF"):
        write_labels(tmp_path / "a.zip", labels)
    assert not list(tmp_path.iterdir())


def test_provenance(tmp_path, labels):
    path = write_labels(tmp_path / "b.zip", labels, provenance=PROVENANCE)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        record = json.loads(archive.comment)["cellbench"]
    assert record == {**PROVENANCE, "image": "b"}


def test_no_objects(tmp_path):
    assert roifile.roiread(write_labels(tmp_path / "a.zip", np.zeros((5, 6), np.uint8))) == []
