"""`cellbench check-method` as a person and a program read it."""

import json

import pytest

from napari_cellbench.cli import main
from napari_cellbench.conformance import CHECKS

BROKEN = "tests.conformance.broken"


def test_a_line_a_check(capsys):
    assert (
        main(["check-method", "watershed", "--only", "description", "parameters", "progress"]) == 0
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:2] == ["passed", "description"]
    assert lines[-2].endswith("4 reports, up to 100 %.")
    assert lines[-1] == "3 passed."
    # The parameters don't fit into a line.
    assert max(map(len, lines)) <= 100
    assert any(line.startswith(" " * 32) for line in lines)


def test_json(capsys):
    assert main(["check-method", "watershed", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["method"], told["ok"]) == ("watershed", True)
    assert [check["name"] for check in told["checks"]] == list(CHECKS)
    assert {check["status"] for check in told["checks"]} == {"passed", "not applicable"}


def test_a_failure_is_the_exit_status(capsys):
    name = f"{BROKEN}:NeverDone"
    assert main(["check-method", name, "--only", "tiling", "progress"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2].startswith("failed          progress        Progress ends at 50%")
    assert lines[-1] == "1 passed, 1 failed. Failed: progress."
    assert main(["check-method", name, "--only", "progress", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["ok"] is False


def test_a_checkpoint_and_parameters_of_ones_own(tmp_path, capsys):
    file = tmp_path / "weights.json"
    file.write_text('{"level": 0.5}')
    arguments = ["check-method", f"{BROKEN}:GoodWithCheckpoint", "--checkpoint", str(file)]
    assert main([*arguments, "--param", "level=1", "--only", "prediction"]) == 0
    assert "none of the six discs" in capsys.readouterr().out


def test_what_is_not_installed(capsys):
    name = "tests.conformance.test_check:Missing"
    assert main(["check-method", name, "--only", "description", "cancel"]) == 3
    captured = capsys.readouterr()
    assert "1 passed, 1 not applicable." in captured.out
    assert "isn't installed here" in captured.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["watershd"], "Did you mean watershed?"),
        (["no.such:Method"], "can't be loaded: ModuleNotFoundError"),
        (["watershed", "--only", "progres"], "No check 'progres'; there are: description"),
        (["watershed", "--param", "diametre=3"], "Did you mean diameter?"),
        (["watershed", "--param", "diameter"], "Write --param NAME=VALUE"),
        (["watershed", "--python", "no/such/python"], "There is no interpreter"),
    ],
)
def test_what_can_be_mended(capsys, arguments, message):
    assert main(["check-method", *arguments]) == 2
    assert message in capsys.readouterr().err
