"""`cellbench evaluate`, as a person and as a program sees it."""

import json

import pytest

from napari_cellbench.cli import main
from napari_cellbench.data.samples import sample_folder

STAGE = sample_folder() / "stage1_sample"


def run(capsys, *arguments):
    status = main(["evaluate", *map(str, arguments)])
    return status, *capsys.readouterr()


def test_programs_get_a_line_an_image_and_people_what_is_left_out(tmp_path, capsys):
    out = tmp_path / "out"
    phase = sample_folder() / "livecell"
    methods = ["--method", "watershed", "--method", "stardist:stardist-nuclei-fluo"]
    common = [STAGE, phase, *methods, "--limit", "1", "--output", out]
    pytest.importorskip("stardist")
    status, said, told = run(capsys, *common, "--json")
    assert status == 0
    rows = [json.loads(line) for line in said.splitlines()]
    assert [(row["data_set"], row["method"], row["target"]) for row in rows] == [
        ("stage1_sample", "watershed", "nucleus"),
        ("livecell", "watershed", "whole_cell"),
        ("stage1_sample", "stardist", "nucleus"),
    ]
    assert rows[2]["checkpoint"] == "stardist-nuclei-fluo"
    assert len(rows[0]["f1"]) == 10
    assert "stardist-nuclei-fluo isn't run on livecell" in told
    status, said, told = run(capsys, *common)
    assert status == 0
    assert "3 images are done already" in told
    assert str(out) in said


def test_what_fails_is_told_and_counted(tmp_path, capsys):
    arguments = [STAGE, "--method", "watershed", "--limit", "1", "--output", tmp_path / "out"]
    status, _, told = run(capsys, *arguments, "--time-limit", "0.0001")
    assert status == 1
    assert "FAILED: It took longer than the 0.0001 seconds" in told
    assert "1 images failed: --retry" in told
    status, _, told = run(capsys, *arguments)
    assert status == 0
    status, *_ = run(capsys, *arguments, "--retry")
    assert status == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--limit", "0"], "--limit must be more than 0"),
        (["--group-by", "organ"], "can't be grouped by 'organ'"),
        (["--groups", "missing.csv"], "missing.csv"),
        (["--truth-by", "bob"], "no labels by bob"),
        (["--task", "nuclei", "--target", "whole_cell"], "leave --target out"),
        (["--scheduler", "tcp://127.0.0.1:1"], "No scheduler answers at tcp://127.0.0.1:1"),
        (["--cluster", "missing.yaml"], "missing.yaml"),
    ],
)
def test_bad_arguments_are_sentences(tmp_path, capsys, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    if "--scheduler" in arguments:
        pytest.importorskip("distributed")
        monkeypatch.setattr("napari_cellbench.benchmark.cluster.CONNECT", 1.0)
    common = [STAGE, "--method", "watershed", "--output", tmp_path / "out"]
    status, _, told = run(capsys, *common, *arguments)
    assert status == 2
    assert said in told
    assert "Traceback" not in told
