"""The folder of an OME-Zarr: what it says it holds."""

import numpy as np
import pytest

from napari_cellbench.data.ome_zarr import OmeZarr, is_zarr, stem
from napari_cellbench.data.readers.planes import open_planes
from napari_cellbench.errors import InputError

zarr = pytest.importorskip("zarr")

AXES = [{"name": axis, "unit": "micrometer"} for axis in "yx"]


def scale(*factors: float) -> list[dict[str, object]]:
    return [{"type": "scale", "scale": list(factors)}]


def group_in(path, version, about, **arrays):
    group = zarr.open_group(str(path), mode="w", zarr_format=version)
    for name, array in arrays.items():
        group.create_array(name, data=array)
    group.attrs.update(about if version == 2 else {"ome": about})
    return group


@pytest.fixture(params=[2, 3])
def image(request, tmp_path):
    """An image of two levels, with labels."""
    levels = [
        {"path": "s0", "coordinateTransformations": scale(0.5, 0.25)},
        {"path": "s1", "coordinateTransformations": scale(1, 0.5)},
        {"path": "gone"},
    ]
    about = {"multiscales": [{"axes": AXES, "datasets": levels}]}
    pixels = np.arange(64, dtype=np.uint16).reshape(8, 8)
    path = tmp_path / "a.ome.zarr"
    group = group_in(path, request.param, about, s0=pixels, s1=pixels[::2, ::2])
    labels = group.create_group("labels")
    listed = {"labels": ["cells"]}
    labels.attrs.update(listed if request.param == 2 else {"ome": listed})
    one = {"multiscales": [{"axes": AXES, "datasets": [{"path": "0"}]}]}
    cells = labels.create_group("cells")
    cells.create_array("0", data=np.ones((8, 8), np.int32))
    cells.attrs.update(one if request.param == 2 else {"ome": one})
    return path, request.param


def test_what_an_image_with_labels_holds(image):
    path, version = image
    found = OmeZarr(path)
    assert is_zarr(path)
    assert stem(path) == "a"
    assert found.zarr_format == version
    assert found.array is None
    assert found.label_names == ("cells",)
    assert found.labels("cells").levels[0].dtype == np.int32
    own = found.image
    assert own is not None
    assert (own.axes, own.pixel_size, own.notes) == ("yx", (0.5, 0.25), ())
    assert [level.shape for level in own.levels] == [(8, 8), (4, 4)]


def test_of_several_images_the_first_is_taken_and_said(image):
    path, version = image
    group = zarr.open_group(str(path), mode="a")
    about = dict(group.attrs) if version == 2 else dict(group.attrs["ome"])
    about["multiscales"] = about["multiscales"] * 2
    group.attrs.update(about if version == 2 else {"ome": about})
    (sample,) = open_planes(path)
    assert "It holds 2 images: the first was taken." in sample.notes


def test_a_plain_array_is_no_image(tmp_path):
    zarr.save_array(str(tmp_path / "a.zarr"), np.zeros((4, 4), np.uint8))
    found = OmeZarr(tmp_path / "a.zarr")
    assert found.array is not None
    assert found.label_names == ()


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({}, "is no OME-Zarr"),
        ({"multiscales": [{"axes": AXES[:1], "datasets": [{"path": "0"}]}]}, "1 axes of 2"),
        ({"multiscales": [{"axes": AXES, "datasets": [{"path": "none"}]}]}, "a.zarr"),
        ({"multiscales": [{"axes": AXES, "datasets": []}]}, "a.zarr"),
        ({"multiscales": []}, "a.zarr"),
        ({"multiscales": 3}, "a.zarr"),
    ],
)
def test_what_is_damaged_is_said(tmp_path, about, message):
    group_in(tmp_path / "a.zarr", 2, about, **{"0": np.zeros((4, 4), np.uint8)})
    with pytest.raises(InputError, match=message):
        _ = OmeZarr(tmp_path / "a.zarr").multiscale
