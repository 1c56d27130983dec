"""Cases of prediction: what was found must lie where it was seen, and margins must not count."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from scipy.ndimage import center_of_mass

from napari_cellbench.cli import main
from napari_cellbench.scoring import score

CASES = Path(__file__).parent


# At 0.7 the network itself is off by 0.33 pixels for the disc in one corner.
@pytest.mark.parametrize(
    ("scale", "most"), [(0.25, 0.3), (0.5, 0.3), (0.7, 0.35), (1, 0.3), (1.3, 0.3), (2, 0.3)]
)
@pytest.mark.parametrize("height", [512, 467])
def test_stardist_scale_shifts_nothing(
    scale: float, most: float, height: int, tmp_path: Path
) -> None:
    pytest.importorskip("stardist")
    folder = CASES / "stardist_scale_shifts"
    image, truth = (tifffile.imread(folder / f"{n}.tif")[:height] for n in ("discs", "truth"))
    tifffile.imwrite(tmp_path / "discs.tif", image)
    found = predict(tmp_path / "discs.tif", "stardist", f"scale={scale}")
    whole = [i for i in np.unique(truth) if i and (truth == i)[-1].sum() == 0]
    ours, theirs = centres(found, np.unique(found)[1:]), centres(truth, whole)
    shifts = [ours[np.linalg.norm(ours - centre, axis=1).argmin()] - centre for centre in theirs]
    assert np.abs(shifts).max() < most


def predict(path: Path, method: str, *parameters: str) -> NDArray[np.int32]:
    output = path.with_name("found.tif")
    options = [word for parameter in parameters for word in ("--param", parameter)]
    assert main(["predict", str(path), "--method", method, *options, "--output", str(output)]) == 0
    labels: NDArray[np.int32] = tifffile.imread(output).astype(np.int32)
    return labels


def centres(labels: NDArray[np.int32], ids: list[int]) -> NDArray[np.float64]:
    return np.array(center_of_mass(labels > 0, labels, ids))


@pytest.mark.parametrize("method", ["watershed", "stardist"])
@pytest.mark.parametrize("value", [0, 65535, np.nan])
def test_margins_of_a_mosaic_count_for_nothing(method: str, value: float, tmp_path: Path) -> None:
    if method == "stardist":
        pytest.importorskip("stardist")
    folder = CASES / "mosaic_with_zero_margin"
    image, truth = (tifffile.imread(folder / f"{name}.tif") for name in ("mosaic", "truth"))
    margin = image == 0
    image = image.astype(np.float32 if np.isnan(value) else np.uint16)
    image[margin] = value
    tifffile.imwrite(tmp_path / "mosaic.tif", image)
    found = predict(tmp_path / "mosaic.tif", method)
    assert score(truth, found).to_dict()["f1"][0] > 0.97
    record = tifffile.imread(tmp_path / "found.tif", maxworkers=1)
    assert not record[margin].any()


@pytest.mark.parametrize("method", ["watershed", "stardist"])
def test_large_mosaics_too(method: str, tmp_path: Path) -> None:
    """Tile by tile, with whole tiles blank; the same nuclei as without the margin."""
    if method == "stardist":
        pytest.importorskip("stardist")
    folder = CASES / "mosaic_with_zero_margin"
    image, truth = (tifffile.imread(folder / f"{name}.tif") for name in ("mosaic", "truth"))
    rows, columns = np.nonzero(image)
    field = np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    wide = ((300, 1400), (1100, 200))
    tifffile.imwrite(tmp_path / "mosaic.tif", np.pad(image[field], wide))
    found = predict(tmp_path / "mosaic.tif", method)
    assert score(np.pad(truth[field], wide), found).to_dict()["f1"][0] > 0.97
