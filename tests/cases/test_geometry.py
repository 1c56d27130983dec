"""Cases of geometry, units and exports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_cellbench.data.units import PixelSize

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
