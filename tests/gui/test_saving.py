"""What napari shows is no export's to replace."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from napari.layers import Labels, Layer
from napari.layers._source import layer_source

from napari_cellbench.data.layers import read_layers
from napari_cellbench.errors import InputError
from napari_cellbench.files import protected
from napari_cellbench.files.outputs import export_text
from napari_cellbench.widgets.saving import remember_layers, write_layer

LABELS = np.arange(100, dtype=np.uint16).reshape(10, 10) // 50


@pytest.fixture(autouse=True)
def nothing_read(monkeypatch):
    monkeypatch.setattr(protected, "_inputs", protected.Inputs())


@pytest.fixture
def folder(tmp_path):
    """An image and its labels by the names of a pair, and another image."""
    for name in ("a_image.tif", "a_labels.tif", "other.tif"):
        tifffile.imwrite(tmp_path / name, LABELS * (100 if "labels" not in name else 1))
    return tmp_path


def open_with_us(viewer, path):
    """Open a file as napari does, which knows no plugins in tests."""
    for data in read_layers(str(path)):
        with layer_source(path=str(path), reader_plugin="napari-cellbench"):
            viewer.add_layer(Layer.create(*data))


def save(layer, path):
    data, meta, _ = layer.as_layer_data_tuple()
    assert write_layer(str(path), data, meta) == [str(path)]


@pytest.mark.parametrize("ours", [False, True])
def test_a_result_replaces_neither_image_nor_truth(make_napari_viewer, folder, ours):
    viewer = make_napari_viewer()
    if ours:
        open_with_us(viewer, folder / "a_image.tif")
    else:
        viewer.open(folder / "a_image.tif", plugin="napari")
    result = viewer.add_labels(LABELS, name="result")
    for name in ("a_image.tif", "a_labels.tif"):
        before = (folder / name).read_bytes()
        with pytest.raises(InputError, match="would replace an input"):
            save(result, folder / name)
        assert (folder / name).read_bytes() == before
    # napari has asked whether another file may go.
    save(result, folder / "other.tif")
    np.testing.assert_array_equal(tifffile.imread(folder / "other.tif"), LABELS)


@pytest.mark.parametrize("ours", [False, True])
def test_corrected_labels_are_saved_over_their_own_file(make_napari_viewer, folder, ours):
    viewer = make_napari_viewer()
    path = folder / "a_labels.tif"
    if ours:
        open_with_us(viewer, path)
    else:
        viewer.open(path, plugin="napari", layer_type="labels")
    (labels,) = (layer for layer in viewer.layers if isinstance(layer, Labels))
    labels.data[:5] = 7
    save(labels, path)
    assert set(np.unique(tifffile.imread(path))) == {1, 7}


def test_other_exports_respect_the_images(make_napari_viewer, folder):
    make_napari_viewer().open(folder / "other.tif", plugin="napari")
    before = (folder / "other.tif").read_bytes()
    remember_layers()
    with pytest.raises(InputError, match="would replace an input"):
        export_text(folder / "other.tif", "scores")
    assert (folder / "other.tif").read_bytes() == before


@pytest.mark.parametrize("name", ["b.geojson", "b.zip"])
def test_what_is_saved_opens_again(make_napari_viewer, tmp_path, name):
    """A layer that was exported lies on its image again, with its objects."""
    labels = np.zeros((40, 50), np.int32)
    labels[3:12, 5:20], labels[20:33, 22:40] = 1, 2
    viewer = make_napari_viewer()
    save(Labels(labels, name="b"), tmp_path / name)
    open_with_us(viewer, tmp_path / name)
    (layer,) = viewer.layers
    np.testing.assert_array_equal(layer.data > 0, labels > 0)
    assert len(np.unique(layer.data)) == 3
