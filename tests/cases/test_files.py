"""Cases of what is written where: nothing is lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_cellbench.cli import main
from napari_cellbench.compare.preset import write_preset
from napari_cellbench.engine import Entry

CASES = Path(__file__).parent


@pytest.fixture
def case(request, tmp_path, monkeypatch) -> Path:
    """A copy of the case's folder, which is the working directory."""
    folder = Path(shutil.copytree(CASES / request.param, tmp_path / "case"))
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("case", ["pixel_size_negative"], indirect=True)
def test_a_pixel_size_that_cannot_be_costs_no_result(case, capsys):
    image = tifffile.imread("nuclei.ome.tif")
    assert main(["predict", "nuclei.ome.tif", "--method", "watershed", "--output", "x.tif"]) == 0
    labels = tifffile.imread("x.tif")
    assert labels.shape == image.shape
    assert labels.max() > 10

    write_preset(case / "preset.json", [Entry("watershed", parameters={})])
    arguments = ["compare", "nuclei.ome.tif", "--preset", "preset.json", "--output", "out"]
    assert main(arguments) == 0
    (written,) = (case / "out" / "labels").iterdir()
    np.testing.assert_array_equal(tifffile.imread(written), labels)
    assert (case / "out" / "table.csv").stat().st_size
    assert (case / "out" / "report.html").stat().st_size


@pytest.mark.parametrize("case", ["output_replaces_input"], indirect=True)
@pytest.mark.parametrize("more", [[], ["--overwrite"]])
def test_the_image_is_never_the_output(case, capsys, more):
    before = (case / "nuclei.tif").read_bytes()
    (case / "link.tif").symlink_to("nuclei.tif")
    for output in ("nuclei.tif", "./nuclei.tif", "link.tif", "NUCLEI.tif"):
        arguments = ["predict", "nuclei.tif", "--method", "watershed", "--output", output, *more]
        assert main(arguments) == 2
        assert "nuclei.tif" in capsys.readouterr().err
        assert (case / "nuclei.tif").read_bytes() == before
    assert sorted(path.name for path in case.iterdir()) == ["README.md", "link.tif", "nuclei.tif"]
