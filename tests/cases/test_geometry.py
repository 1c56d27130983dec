"""Cases of geometry, units and exports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_cellbench.data.units import PixelSize
from napari_cellbench.data.writers.layer import write_layer

CASES = Path(__file__).parent


@pytest.mark.parametrize("ending", [".tif", ".json", ".geojson", ".zip", "_seg.npy"])
def test_ids_near_two_billion_are_exported(ending: str, tmp_path: Path) -> None:
    source = CASES / "labels_large_ids_export" / "labels.tif"
    code = (
        "import resource, sys, tifffile; from napari_cellbench.data.writers import write_labels; "
        "import skimage.segmentation, skimage.measure, roifile; "
        "resource.setrlimit(resource.RLIMIT_AS, (6 * 2**30,) * 2); "
        "write_labels(sys.argv[1], tifffile.imread(sys.argv[2]))"
    )
    out = tmp_path / f"x{ending}"
    subprocess.run([sys.executable, "-c", code, out, source], check=True)
    assert out.stat().st_size < 5e6


def test_area_of_pixels_that_are_not_square() -> None:
    from napari_cellbench.widgets.shapes import feature_table

    labels = tifffile.imread(CASES / "area_of_anisotropic_pixels" / "labels.tif")
    table = feature_table(labels, PixelSize(1.0, 0.5))
    np.testing.assert_allclose(table["size_um2"], table["size_px"] / 2)
    assert (table["size_um2"] == 200).any()


VOXELS = {"scale": (0.3, 0.1, 0.1), "units": ("micrometer",) * 3}


@pytest.mark.parametrize("unit", ["micrometer", "nanometer"])
def test_depth_of_voxels_is_kept(unit: str, tmp_path: Path) -> None:
    labels = tifffile.imread(CASES / "voxel_depth_lost" / "labels.tif")
    factor = {"micrometer": 1, "nanometer": 1000}[unit]
    meta = {"scale": [factor * side for side in VOXELS["scale"]], "units": (unit,) * 3}
    write_layer(str(tmp_path / "z.tif"), np.stack([labels] * 3), meta)
    with tifffile.TiffFile(tmp_path / "z.tif") as file:
        assert file.imagej_metadata["spacing"] == pytest.approx(0.3)
        assert file.imagej_metadata["unit"] in ("um", "micron", "\\u00B5m")
        assert file.imagej_metadata["slices"] == 3
        assert "frames" not in file.imagej_metadata
        pixels, micrometres = file.pages[0].tags["XResolution"].value
        assert micrometres / pixels == pytest.approx(0.1)
        np.testing.assert_array_equal(file.asarray()[1], labels)


@pytest.mark.parametrize("unit", ["second", "pixel"])
def test_time_is_saved_as_frames(unit: str, tmp_path: Path) -> None:
    labels = tifffile.imread(CASES / "voxel_depth_lost" / "labels.tif")
    meta = {"scale": (2, 0.1, 0.1), "units": (unit, "um", "um"), "axis_labels": ("t", "y", "x")}
    write_layer(str(tmp_path / "t.tif"), np.stack([labels] * 3), meta)
    with tifffile.TiffFile(tmp_path / "t.tif") as file:
        assert file.imagej_metadata["frames"] == 3
        assert "slices" not in file.imagej_metadata
        if unit == "second":
            assert file.imagej_metadata["finterval"] == pytest.approx(2)


def test_time_and_depth_go_where_imagej_counts_them(tmp_path: Path) -> None:
    stack = np.arange(2 * 3 * 4 * 5, dtype=np.uint16).reshape(2, 3, 4, 5)
    meta = {"scale": (0.5, 9, 1, 1), "units": ("micrometer", "second", "micrometer", "micrometer")}
    write_layer(str(tmp_path / "zt.tif"), stack, meta)
    with tifffile.TiffFile(tmp_path / "zt.tif") as file:
        found = file.imagej_metadata
        assert (found["slices"], found["frames"]) == (2, 3)
        assert (found["spacing"], found["finterval"]) == (0.5, 9)
        np.testing.assert_array_equal(file.asarray(), stack.swapaxes(0, 1))
