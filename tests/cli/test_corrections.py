"""`cellbench corrections`, as a person types it."""

import json

import numpy as np
import pytest
import tifffile

from napari_cellbench.cli import main


@pytest.fixture
def files(tmp_path):
    image = np.random.default_rng(0).integers(0, 255, (40, 50), np.uint8)
    labels = np.zeros((40, 50), np.uint16)
    labels[3:12, 4:15], labels[20:30, 20:33] = 1, 2
    tifffile.imwrite(tmp_path / "a.tif", image)
    tifffile.imwrite(tmp_path / "a_corrected.tif", labels)
    return str(tmp_path / "a.tif"), str(tmp_path / "a_corrected.tif")


def test_a_set_from_the_first_image_to_the_last(tmp_path, files, capsys):
    folder = str(tmp_path / "set")
    assert main(["corrections", "add", folder, *files, "--roles", "nucleus"]) == 0
    assert "2 cells" in capsys.readouterr().out
    region = ["--region", "0", "0", "20", "20", "--split", "val"]
    assert main(["corrections", "add", folder, *files, "--roles", "nucleus", *region]) == 0
    assert main(["corrections", "check", folder]) == 0
    capsys.readouterr()
    assert main(["corrections", "list", folder, "--json"]) == 0
    entries = json.loads(capsys.readouterr().out)
    assert [entry["cells"] for entry in entries] == [2, 1]
    assert {entry["split"] for entry in entries} == {"val"}
    out = str(tmp_path / "out")
    assert main(["corrections", "export", folder, "--to", out, "--format", "stardist"]) == 0
    for entry in entries:
        assert main(["corrections", "remove", folder, entry["name"]]) == 0
    capsys.readouterr()
    assert main(["corrections", "list", folder]) == 0
    assert capsys.readouterr().out.startswith("0 images")


def test_a_folder_that_is_no_set_is_told(tmp_path, capsys):
    assert main(["corrections", "list", str(tmp_path)]) == 2
    assert "no set of corrected images" in capsys.readouterr().err


def test_damage_is_found(tmp_path, files, capsys):
    folder = tmp_path / "set"
    assert main(["corrections", "add", str(folder), *files, "--roles", "nucleus"]) == 0
    next(folder.glob("*_image.tif")).unlink()
    capsys.readouterr()
    assert main(["corrections", "check", str(folder), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert not told["ok"]
    assert "can't be read" in told["problems"][0]
