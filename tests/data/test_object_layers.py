"""Files of objects alone open in napari, and what is exported opens again."""

import json
import zipfile

import numpy as np
import pytest
import tifffile

from napari_cellbench.data.layers import get_reader
from napari_cellbench.data.object_layers import holds_objects, object_layers
from napari_cellbench.data.writers import write_labels
from napari_cellbench.errors import InputError


@pytest.fixture
def labels():
    y, x = np.indices((60, 90))
    labels = np.zeros((60, 90), np.int32)
    for number, (cy, cx) in enumerate([(15, 15), (15, 45), (40, 60)], 1):
        labels[np.hypot(y - cy, x - cx) < 9] = number
    return labels


def opened(path):
    """Open a file as napari does."""
    reader = get_reader(str(path))
    assert reader is not None
    return reader(str(path))


@pytest.mark.parametrize("name", ["cells.geojson", "cells.zip"])
def test_export_opens_again(tmp_path, labels, name):
    write_labels(tmp_path / name, labels)
    ((data, options, kind),) = opened(tmp_path / name)
    assert kind == "labels"
    assert data.shape == labels.shape
    assert options["name"] == "cells"
    for number in range(1, 4):
        mine = data == data[labels == number].max()
        overlap = (mine & (labels == number)).sum() / (mine | (labels == number)).sum()
        assert overlap > 0.95


def bare(path, corners=((5, 4), (20, 4), (20, 12), (5, 12))):
    """Write a polygon as QuPath does: nothing says how large the image is."""
    ring = [list(corner) for corner in (*corners, corners[0])]
    feature = {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"objectType": "annotation"},
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))


def test_size_is_that_of_the_image_beside(tmp_path, labels):
    bare(tmp_path / "a.geojson")
    ((data, options, _),) = object_layers(tmp_path / "a.geojson")
    assert data.shape == (12, 20)
    assert "doesn't say how large" in options["metadata"]["cellbench"]["notes"][0]
    tifffile.imwrite(tmp_path / "a.tif", labels.astype(np.uint16))
    ((data, options, _),) = object_layers(tmp_path / "a.geojson")
    assert data.shape == labels.shape
    assert "notes" not in options["metadata"]["cellbench"]
    assert np.argwhere(data).min(0).tolist() == [4, 5]
    tifffile.imwrite(tmp_path / "a.tif", labels[:6].astype(np.uint16))
    with pytest.raises(InputError, match="belongs to another image"):
        object_layers(tmp_path / "a.geojson")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[1]", b'{"type": "FeatureCollection"}', b"\xff\xfe\x00"]
)
@pytest.mark.parametrize("name", ["a.geojson", "a.roi", "a.zip"])
def test_what_is_damaged_ends_in_a_sentence(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    reader = get_reader(str(tmp_path / name))
    assert reader is not None
    with pytest.raises(InputError, match="a"):
        reader(str(tmp_path / name))


def test_other_zips_are_left_to_others(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("readme.txt", "text")
    assert get_reader(str(tmp_path / "a.zip")) is None


@pytest.fixture
def ome_zarr(tmp_path, labels):
    """An image of two channels with two labels, in micrometres."""
    zarr = pytest.importorskip("zarr")

    def scaled(scale, axes):
        transformation = {"type": "scale", "scale": scale}
        return {
            "multiscales": [
                {
                    "axes": [
                        {"name": a, "type": "space", "unit": "micrometer"}
                        if a in "yx"
                        else {"name": a, "type": "channel"}
                        for a in axes
                    ],
                    "datasets": [{"path": "0", "coordinateTransformations": [transformation]}],
                }
            ]
        }

    root = zarr.open_group(tmp_path / "field.ome.zarr", mode="w", zarr_format=2)
    root.attrs.update(scaled([1, 0.5, 0.25], "cyx"))
    root.create_array("0", shape=(2, *labels.shape), dtype=np.uint16)[...] = np.stack([labels] * 2)
    group = root.create_group("labels")
    group.attrs["labels"] = ["cells", "nuclei"]
    for name in ("cells", "nuclei"):
        one = group.create_group(name)
        one.attrs.update(scaled([0.5, 0.25], "yx") | {"image-label": {}})
        one.create_array("0", shape=labels.shape, dtype=labels.dtype)[...] = labels
    return tmp_path / "field.ome.zarr"


def test_ome_zarr_opens_with_its_labels(ome_zarr, labels):
    image, cells, nuclei = opened(ome_zarr)
    assert [layer[2] for layer in (image, cells, nuclei)] == ["image", "labels", "labels"]
    assert image[1]["channel_axis"] == 0
    assert [layer[1]["name"] for layer in (image, cells)] == ["field", "field · cells"]
    for data, options, _ in (cells, nuclei):
        np.testing.assert_array_equal(data, labels)
        assert options["scale"] == image[1]["scale"] == (0.5, 0.25)
    ((data, options, _),) = opened(ome_zarr / "labels" / "cells")
    np.testing.assert_array_equal(data, labels)
    assert options["scale"] == (0.5, 0.25)


def test_zarr_without_labels_is_left_to_others(tmp_path, labels):
    zarr = pytest.importorskip("zarr")
    zarr.save_array(tmp_path / "plain.zarr", labels)
    root = zarr.open_group(tmp_path / "other.zarr", mode="w")
    root.attrs["a"] = 1
    for name in ("plain.zarr", "other.zarr"):
        assert not holds_objects(tmp_path / name)
        assert get_reader(str(tmp_path / name)) is None
