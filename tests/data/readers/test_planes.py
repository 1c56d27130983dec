"""Stacks, time series and OME-Zarr as samples, a plane a sample."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile

from napari_cellbench.data.readers import read_samples
from napari_cellbench.data.readers.planes import open_planes
from napari_cellbench.data.samples import demo_sample
from napari_cellbench.errors import InputError

SIZES = {"T": 2, "Z": 3, "C": 2}


@pytest.fixture(scope="module")
def plane() -> np.ndarray:
    return np.asarray(demo_sample().image[0])[:96, :128]


def stack(plane: np.ndarray, axes: str) -> np.ndarray:
    """Return planes that differ, so that each can be told from the others."""
    lengths = [SIZES[axis] for axis in axes]
    factors = np.arange(1, 1 + int(np.prod(lengths))).reshape(*lengths, 1, 1)
    return (plane // 20 * factors).astype(np.uint16)


@pytest.mark.parametrize("axes", ["", "C", "Z", "T", "ZC", "TZ", "TZC"])
def test_planes_come_in_the_order_of_their_axes(plane, tmp_path, axes):
    stored = stack(plane, axes)
    tifffile.imwrite(tmp_path / "a.tif", stored, imagej=True, metadata={"axes": f"{axes}YX"})
    found = open_planes(tmp_path / "a.tif")
    leading = axes.replace("C", "")
    assert found.leading == tuple(SIZES[axis] for axis in leading)
    assert "".join(axis.name for axis in found.axes) == leading
    channels = SIZES["C"] if "C" in axes else 1
    expected = stored.reshape(-1, channels, *plane.shape)
    assert len(found) == len(set(found.names)) == len(expected)
    for sample, pixels in zip(found, expected, strict=True):
        np.testing.assert_array_equal(sample.image, pixels)
        assert sample.roles[0] == "nucleus"
    assert found.names[0] == " ".join(["a", *(f"{axis.lower()}0" for axis in leading)])


def test_a_stack_without_names_is_one_of_planes(plane, tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.stack([plane] * 20))
    assert open_planes(tmp_path / "a.tif").leading == (20,)


def test_the_middle_plane_decides_what_all_show(plane, tmp_path):
    blank = np.full_like(plane, 100)
    tifffile.imwrite(tmp_path / "a.tif", np.stack([blank, plane, blank]), imagej=True,
                     metadata={"axes": "ZYX"})  # fmt: skip
    assert {sample.kind.name for sample in open_planes(tmp_path / "a.tif")} == {"fluorescence"}


@pytest.mark.parametrize("version", [2, 3])
def test_ome_zarr(plane, tmp_path, version):
    zarr = pytest.importorskip("zarr")
    stored = stack(plane, "TZC").swapaxes(1, 2)
    names = [{"name": "t"}, {"name": "c"}, {"name": "z"}]
    names += [{"name": axis, "unit": "micrometer"} for axis in "yx"]
    scale = [{"type": "scale", "scale": [1, 1, 2, 0.5, 0.25]}]
    about = {
        "multiscales": [
            {"axes": names, "datasets": [{"path": "0", "coordinateTransformations": scale}]}
        ],
        "omero": {"channels": [{"label": "E-cadherin"}, {"label": "DAPI"}]},
    }
    group = zarr.open_group(str(tmp_path / "a.ome.zarr"), mode="w", zarr_format=version)
    group.create_array("0", data=stored)
    group.attrs.update(about if version == 2 else {"ome": about})
    found = read_samples(tmp_path / "a.ome.zarr")
    assert len(found) == 6
    assert found.names[-1] == "a t1 z2"
    np.testing.assert_array_equal(found[4].image, stored[1, :, 1])
    assert found[0].roles == ("whole_cell", "nucleus")
    assert found[0].pixel_size == (0.5, 0.25)
    with pytest.raises(InputError, match="neither --series nor --axes"):
        open_planes(tmp_path / "a.ome.zarr", 1)


def test_what_is_no_stack(plane, tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((2, 2, 2, 2, 16, 16), np.uint8),
                     metadata={"axes": "QQIIYX"})  # fmt: skip
    with pytest.raises(InputError, match="one 2-D image is needed"):
        open_planes(tmp_path / "a.tif")
    folder = tmp_path / "b.ome.zarr"
    folder.mkdir()
    (folder / ".zgroup").write_text('{"zarr_format": 2}')
    pytest.importorskip("zarr")
    with pytest.raises(InputError, match="no OME-Zarr"):
        open_planes(folder)
