"""`cellbench train` and `runs`, as a person types them."""

import json

import pytest

from napari_cellbench.cli import main

from ..training.conftest import needs_torch, pairs  # noqa: F401


def arguments(folder, run, *more):
    given = ("--steps", "4", "--batch", "1", "--patch", "64", "--device", "cpu")
    return [
        "train",
        "--method",
        "stardist",
        "--train",
        str(folder),
        "--output",
        str(run),
        *given,
        *more,
    ]


@needs_torch
def test_a_run_from_a_checkpoint_to_a_prediction(tmp_path, pairs, capsys):  # noqa: F811
    run = tmp_path / "run"
    assert main(arguments(pairs, run, "--from", "stardist-nuclei-fluo", "--json")) == 0
    captured = capsys.readouterr()
    assert "5 images with" in captured.err, "what the plan comes to"
    assert "warning: With 1 image to measure on" in captured.err
    told = json.loads(captured.out)
    assert told["state"] == "finished"
    assert told["before"]["F1"] > 0.5
    assert "F1" in told["after"]
    assert json.loads((run / "status.json").read_text())["checkpoint"] == told["checkpoint"]
    image, labels = str(pairs / "0_image.tif"), str(tmp_path / "labels.tif")
    assert main(["predict", image, "--checkpoint", told["checkpoint"], "--output", labels]) == 0
    capsys.readouterr()
    assert main(["runs", "list", "--json"]) == 0
    assert [one["run"] for one in json.loads(capsys.readouterr().out)] == [str(run)]
    assert main(["runs", "show", str(run)]) == 0
    assert "AP50" in capsys.readouterr().out
    assert main(["runs", "remove", str(run)]) == 0
    assert not run.exists()


@needs_torch
def test_in_the_background_it_is_followed_and_stopped(tmp_path, pairs, capsys):  # noqa: F811
    run = tmp_path / "run"
    assert main(arguments(pairs, run, "--detach", "--steps", "100000")) == 0
    assert str(run) in capsys.readouterr().out
    assert main(["runs", "stop", str(run), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "stopped"
    assert main(arguments(pairs, run)) == 2
    assert "runs resume" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--replay", "0.5"], "--replay-data"),
        (["--replay-data", "."], "--replay"),
        (["--from", "nothing-like-it"], "nothing-like-it"),
        (["--batch", "0"], "batch"),
        (["--target", "whole_cell"], "annotated whole cell"),
        (["--roles", "nucleus,phase"], "1 channels"),
    ],
)
def test_what_cannot_be_makes_no_folder(tmp_path, pairs, capsys, more, message):  # noqa: F811
    run = tmp_path / "run"
    assert main(arguments(pairs, run, *more)) == 2
    assert message in capsys.readouterr().err
    assert not run.exists()


@needs_torch
def test_how_many_images_are_enough(tmp_path, pairs, capsys):  # noqa: F811
    run = tmp_path / "run"
    given = arguments(pairs, run, "--from", "stardist-nuclei-fluo", "--images", "2,1")
    assert main([*given, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["images"] for one in found] == [0, 1, 2]
    assert found[0]["cells"] == 0 < found[1]["cells"] < found[2]["cells"]
    assert all(0 <= one["figures"]["F1"] <= 1 for one in found)
    before = (run / "images-001" / "status.json").stat().st_mtime_ns
    assert main(given) == 0, "what is finished isn't done again"
    assert capsys.readouterr().out.splitlines()[0].split() == [
        "Images",
        "Cells",
        "F1",
        "AP50",
        "mAP",
    ]
    assert (run / "images-001" / "status.json").stat().st_mtime_ns == before
    assert main([*given, "--detach"]) == 2
    assert main([*given, "--seed", "5"]) == 2
    assert "holds another run" in capsys.readouterr().err
    assert main([*given, "--images", "all"]) == 2
    assert "such as 1,2,4,8" in capsys.readouterr().err
