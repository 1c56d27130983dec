"""Kinds of image that were taken for another one."""

import json
from pathlib import Path

import numpy as np
import pytest

from napari_cellbench.cli import main
from napari_cellbench.data.images import read_image

CASES = Path(__file__).parent
NUCLEI = CASES / "nuclei_with_phase_checkpoint" / "nuclei.tif"


def test_crowded_nuclei_are_fluorescence(tmp_path):
    image, preset = CASES / "crowded_nuclei_guessed_phase" / "crowded.tif", tmp_path / "p.json"
    assert main(["compare", str(image), "--example-preset", str(preset)]) == 0
    entries = json.loads(preset.read_text())["entries"]
    assert [(e["method"], e["checkpoint"]) for e in entries] == [
        ("stardist", "stardist-nuclei-fluo"),
        ("watershed", None),
    ]
    assert read_image(image).roles == ("nucleus",)


def test_grey_in_colour_is_grey():
    grey = read_image(CASES / "grey_saved_as_rgb" / "nuclei_grey.tif")
    colour = read_image(CASES / "grey_saved_as_rgb" / "nuclei.png")
    assert colour.roles == grey.roles == ("nucleus",)
    np.testing.assert_array_equal(colour.image, grey.image)
    assert any("grey" in note for note in colour.notes)


def test_no_checkpoint_for_phase_contrast_on_nuclei(tmp_path, capsys):
    output = tmp_path / "x.tif"
    args = ["predict", str(NUCLEI), "--method", "cellpose_unet", "--output", str(output)]
    assert main(args) != 0
    said = capsys.readouterr().err
    assert "--checkpoint" in said
    assert "cellpose-nuclei" in said
    assert not output.exists()


@pytest.mark.parametrize("given", [[], ["--method", "watershed"]])
def test_predict_proposes_and_warns(tmp_path, capsys, given):
    """Without --method one is proposed; one that doesn't suit the image is warned of."""
    inverted = read_image(NUCLEI).image[0]
    import tifffile

    image, output = tmp_path / "inverted.tif", tmp_path / "x.tif"
    tifffile.imwrite(image, 255 - inverted)
    assert main(["predict", str(image), *given, "--output", str(output), "--json"]) == 0
    about = json.loads(capsys.readouterr().out)
    assert (about["method"], about["kind"]) == ("watershed", "dark_on_bright")
    assert len(about["notes"]) == 1
    if given:
        assert "expect wrong objects" in about["notes"][0]
    else:
        assert about["notes"][0].startswith("Looks like dark on bright")
        assert about["objects"] > 20
