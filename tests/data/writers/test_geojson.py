"""GeoJSON, filled by scikit-image."""

import json

import numpy as np
import pytest

from napari_cellbench.data.writers import write_labels

from .conftest import PROVENANCE, filled


def polygons(feature):
    geometry = feature["geometry"]
    if geometry["type"] == "Polygon":
        return [geometry["coordinates"]]
    assert geometry["type"] == "MultiPolygon"
    return geometry["coordinates"]


def draw(feature, shape):
    return filled([ring for polygon in polygons(feature) for ring in polygon], shape)


def test_same_labels(tmp_path, labels):
    content = json.loads(write_labels(tmp_path / "a.geojson", labels).read_text())
    assert content["type"] == "FeatureCollection"
    again = np.zeros_like(labels)
    for feature in content["features"]:
        again[draw(feature, labels.shape)] = feature["properties"]["label"]
    np.testing.assert_array_equal(again, labels)


def test_holes_parts_and_corners(tmp_path, labels):
    features = json.loads(write_labels(tmp_path / "a.geojson", labels).read_text())["features"]
    rings = {
        feature["properties"]["label"]: [len(polygon) for polygon in polygons(feature)]
        for feature in features
    }
    assert rings == {1: [2], 5: [1], 7: [1, 1], 70: [1, 1, 1, 1], 400: [1]}


def test_rings_are_closed(tmp_path, labels):
    features = json.loads(write_labels(tmp_path / "a.geojson", labels).read_text())["features"]
    assert features
    for feature in features:
        for ring in (ring for polygon in polygons(feature) for ring in polygon):
            assert ring[0] == ring[-1]
            assert len(ring) >= 5


def test_overlapping_masks_with_scores(tmp_path, overlapping):
    features = json.loads(write_labels(tmp_path / "a.geojson", overlapping).read_text())["features"]
    first, second = (draw(feature, (30, 40)) for feature in features)
    assert (first & second).sum() == 50
    assert [feature["properties"]["score"] for feature in features] == [0.5, 0.875]
    assert features[1]["properties"]["measurements"] == {"Score": 0.875}


@pytest.mark.parametrize(("target", "name"), [("nucleus", "Nucleus"), ("whole_cell", "Cell")])
def test_properties_for_qupath(tmp_path, labels, target, name):
    path = write_labels(tmp_path / "a.geojson", labels, provenance={"target": target})
    for feature in json.loads(path.read_text())["features"]:
        properties = feature["properties"]
        assert properties["objectType"] == "detection"
        assert properties["classification"] == {"name": name}
        assert properties["name"] == str(properties["label"])


def test_provenance(tmp_path, labels):
    path = write_labels(tmp_path / "b.geojson", labels, provenance=PROVENANCE)
    assert json.loads(path.read_text())["cellbench"] == {**PROVENANCE, "image": "b"}


def test_no_objects(tmp_path):
    path = write_labels(tmp_path / "a.geojson", np.zeros((5, 6), np.uint8))
    assert json.loads(path.read_text())["features"] == []
