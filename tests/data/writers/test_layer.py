"""What napari calls; the layer's attributes as napari gives them."""

import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_cellbench.data import Instances
from napari_cellbench.data.writers.layer import write_layer

from .conftest import PROVENANCE


@pytest.fixture
def layer():
    return pytest.importorskip("napari.layers").Labels


def test_path_is_returned(tmp_path, labels):
    path = str(tmp_path / "a.tif")
    assert write_layer(path, labels, {}) == [path]
    np.testing.assert_array_equal(tifffile.imread(path), labels)


def test_attributes_of_a_layer(tmp_path, labels, layer):
    data, meta, _ = layer(
        labels, scale=(650, 650), units="nm", metadata={"cellbench": PROVENANCE}
    ).as_layer_data_tuple()
    [path] = write_layer(str(tmp_path / "a.tif"), data, meta)
    with tifffile.TiffFile(path) as file:
        record = json.loads(file.imagej_metadata["Info"])["cellbench"]
    assert record == {**PROVENANCE, "pixel_size_um": pytest.approx(0.65)}


@pytest.mark.parametrize(("scale", "units"), [((2, 2), None), ((2, 1e-12), "um")])
def test_unknown_pixel_size(tmp_path, labels, layer, scale, units):
    data, meta, _ = layer(labels, scale=scale, units=units).as_layer_data_tuple()
    [path] = write_layer(str(tmp_path / "a.tif"), data, meta)
    with tifffile.TiffFile(path) as file:
        assert "unit" not in file.imagej_metadata


def test_first_level_of_a_pyramid(tmp_path, labels, layer):
    data, meta, _ = layer([labels, labels[::2, ::2]]).as_layer_data_tuple()
    [path] = write_layer(str(tmp_path / "a.tif"), data, meta)
    np.testing.assert_array_equal(tifffile.imread(path), labels)


@pytest.mark.parametrize(("painted", "overlap"), [(False, 50), (True, 0)])
def test_overlapping_masks_until_the_layer_is_painted_on(tmp_path, overlapping, painted, overlap):
    masks = overlapping.to_masks()[1::-1]
    data = Instances.from_masks(masks, overlapping.shape).to_labels()
    if painted:
        data[0, 0] = 3
    meta = {"metadata": {"cellbench": {**PROVENANCE, "masks": list(masks)}}}
    [path] = write_layer(str(tmp_path / "a.json"), data, meta)
    content = json.loads(Path(path).read_text())
    assert content["info"]["cellbench"] == {**PROVENANCE, "image": "a"}
    areas = [annotation["area"] for annotation in content["annotations"]]
    assert sum(areas) - np.count_nonzero(data) == overlap


@pytest.mark.parametrize("overlap", [False, True])
def test_scores_go_with_the_objects_until_one_is_removed(tmp_path, overlapping, overlap):
    scores = [0.25, 0.5]
    exact = Instances.from_masks(overlapping.to_masks()[:2], overlapping.shape, scores)
    data = exact.to_labels()
    record = {**PROVENANCE, "scores": scores}
    if overlap:
        record["masks"] = list(exact.to_masks())
    path = str(tmp_path / "a.json")
    write_layer(path, data, {"metadata": {"cellbench": record}})
    content = json.loads(Path(path).read_text())
    assert [annotation["score"] for annotation in content["annotations"]] == scores
    assert "scores" not in content["info"]["cellbench"]
    write_layer(path, np.where(data == 2, 0, data), {"metadata": {"cellbench": record}})
    content = json.loads(Path(path).read_text())
    assert ["score" in annotation for annotation in content["annotations"]] == [False]


def test_manifest_offers_every_format():
    npe2 = pytest.importorskip("npe2")
    manifest = npe2.PluginManifest.from_file(files("napari_cellbench") / "napari.yaml")
    writers = [w for w in manifest.contributions.writers if w.layer_types == ["labels"]]
    assert [w.filename_extensions for w in writers] == [
        [".tif", ".tiff"],
        [".json"],
        [".geojson"],
        [".zip"],
        [".npy"],
    ]
    commands = {command.id: command.python_name for command in manifest.contributions.commands}
    for writer in writers:
        assert commands[writer.command] == "napari_cellbench.widgets.saving:write_layer"
