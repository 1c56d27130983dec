"""Cases of pixels and labels in plain files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile

from napari_cellbench.cli import main
from napari_cellbench.data.images import read_image, read_labels
from napari_cellbench.scoring import score

CASES = Path(__file__).parent


@pytest.fixture
def case(request, tmp_path, monkeypatch) -> Path:
    """A copy of the case's folder, which is the working directory."""
    folder = Path(shutil.copytree(CASES / request.param, tmp_path / "case"))
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("case", ["png_rgb_16bit"], indirect=True)
def test_a_png_keeps_its_16_bits(case):
    stored = imagecodecs.png_decode((case / "nuclei16.png").read_bytes())
    image = read_image(case / "nuclei16.png").image
    assert image.dtype == np.uint16
    assert image.max() == 1704
    # Nuclei in blue, as a colour composite: the other colours are empty.
    assert not stored[..., :2].any()
    np.testing.assert_array_equal(image, stored[None, ..., 2])


@pytest.mark.parametrize("case", ["tiff_channels_last"], indirect=True)
def test_a_third_axis_of_two_is_channels(case, capsys):
    sample = read_image(case / "two_channels.tif")
    stored = tifffile.imread(case / "two_channels.tif")
    np.testing.assert_array_equal(sample.image, np.moveaxis(stored, -1, 0))
    assert sample.roles == ("nucleus", "whole_cell")
    arguments = ["predict", "two_channels.tif", "--method", "watershed", "--output", "x.tif"]
    assert main(arguments) == 0
    assert "its last axis, of 2, was taken for channels" in capsys.readouterr().err
    assert tifffile.imread("x.tif").shape == (128, 128)


@pytest.mark.parametrize("case", ["tiff_thumbnail_first"], indirect=True)
def test_the_image_is_segmented_and_not_its_thumbnail(case, capsys):
    arguments = ["predict", "slide.tif", "--method", "watershed", "--output"]
    assert main([*arguments, "x.tif"]) == 0
    assert "Number 1 was taken, the largest" in capsys.readouterr().err
    labels = tifffile.imread("x.tif")
    assert labels.shape == (256, 256)
    assert len(np.unique(labels)) - 1 == pytest.approx(36, abs=3)
    assert main([*arguments, "y.tif", "--series", "0"]) == 0
    assert tifffile.imread("y.tif").shape == (32, 32)
    assert "was taken" not in capsys.readouterr().err


@pytest.mark.parametrize("case", ["labels_palette_png"], indirect=True)
@pytest.mark.parametrize("name", ["truth_palette", "truth_grey_rgb", "truth_rgb"])
def test_labels_in_a_palette_in_grey_and_in_colours(case, name, capsys):
    prediction = read_labels(case / "prediction.tif")
    found = read_labels(case / f"{name}.png")
    assert score(found, prediction).f1[0] == 1
    assert main(["score", f"{name}.png", "prediction.tif", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["f1"][0] == 1
