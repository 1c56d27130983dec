"""What is spelt alike is named, and `python -m napari_cellbench` is the same program."""

import subprocess
import sys

import pytest

from napari_cellbench.cli import main
from napari_cellbench.data.samples import sample_folder


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("predit a.tif", "Did you mean predict?"),
        ("checkpoints downlod x", "Did you mean download?"),
        ("--verson", "no option --verson. Did you mean --version?"),
        (
            "predict a.tif --ouput b.tif",
            "no option --ouput. Did you mean --output or --output-dir?",
        ),
        ("checkpoints --instaled", "Did you mean --installed?"),
        ("score a.tif b.tif --binary-truth component", "Did you mean components?"),
        ("predict a.tif --output b.tif --nothing-like-it=3", "no option --nothing-like-it."),
    ],
)
def test_what_is_wrong_and_what_was_meant(arguments, says, capsys):
    assert main(arguments.split()) == 2
    assert says in capsys.readouterr().err


def test_labels_of_all_but_an_ome_zarr_need_a_place(capsys):
    image = sample_folder() / "nuclei" / "nuclei_image.tif"
    assert main(["predict", str(image)]) == 2
    assert "name a file with --output" in capsys.readouterr().err


def test_beginnings_of_options_and_what_follows_two_dashes_are_known(capsys):
    assert main(["checkpoints", "--instal", "--method=stardist"]) == 0
    assert main(["score", "--", "--no.tif", "--file.tif"]) == 2
    assert "no option" not in capsys.readouterr().err


def test_the_package_is_a_program():
    command = [sys.executable, "-m", "napari_cellbench", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip()
