"""Terminals, names and homes of every kind: a sentence and an exit status, never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_cellbench.cli import main
from napari_cellbench.compare.preset import write_preset
from napari_cellbench.data.samples import demo_sample
from napari_cellbench.engine import Entry

posix = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's devices and names")

LONG = "n" * 300
BROKEN = os.fsdecode(b"broken\xff\xfe")
ASCII = {
    "LC_ALL": "C",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONIOENCODING": "ascii",
}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch) -> Path:
    """A folder with an image and a preset, whose names have no ASCII letters."""
    monkeypatch.chdir(tmp_path)
    tifffile.imwrite("image.tif", np.asarray(demo_sample().image[0])[:128, :128])
    write_preset(Path("preset.json"), [Entry("watershed", name="µ · =1+1")])
    return tmp_path


def shell(command: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run a line of a shell in which ``cellbench`` is the command."""
    line = f'set -o pipefail; cellbench() {{ "{sys.executable}" -m napari_cellbench.cli "$@"; }}; '
    done = subprocess.run(
        ["bash", "-c", line + command],
        capture_output=True,
        env=os.environ | variables,
        timeout=120,
        check=False,
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode(errors="replace")
    assert b"Exception ignored" not in done.stderr, done.stderr.decode(errors="replace")
    return done


PREDICT = "cellbench predict image.tif --method watershed --output out.tif"
COMPARE = "cellbench compare image.tif --preset preset.json --output out"


@posix
@pytest.mark.parametrize(
    ("command", "status"),
    [
        (f"{PREDICT} 2>&-", 0),
        (f"{PREDICT} >&-", 0),
        (f"{PREDICT} <&- >&- 2>&-", 0),
        pytest.param(f"{PREDICT} >/dev/full", 1, marks=linux),
        pytest.param(f"{PREDICT} >/dev/full 2>/dev/full", 1, marks=linux),
        pytest.param("cellbench --help >/dev/full", 1, marks=linux),
        pytest.param("cellbench score no no 2>/dev/full", 2, marks=linux),
        ("cellbench methods | (read line)", None),
        ("cellbench score image.tif image.tif | true", None),
    ],
)
def test_nobody_listens(here, command, status):
    done = shell(command)
    assert status in (done.returncode, None)
    if command.startswith(PREDICT):
        assert tifffile.imread("out.tif").max() > 1
        assert not list(here.glob(".*.tmp"))


@posix
def test_a_comparison_goes_on_if_nobody_listens(here):
    assert shell(f"{COMPARE} | (read line)").returncode == 141
    written = sorted(path.name for path in Path("out").rglob("*.*"))
    tables = ["preset.json", "report.html", "table.csv", "table.json", "table.md"]
    assert written[1:] == tables


@linux
def test_a_terminal_of_ascii_letters(here):
    Path("image.tif").rename("bïld.tif")
    done = shell("cellbench predict bïld.tif --method watershed --output läbels.tif", **ASCII)
    assert done.returncode == 0, done.stderr
    assert tifffile.imread("läbels.tif").max() > 1
    done = shell("cellbench compare bïld.tif --preset preset.json --output öut", **ASCII)
    assert done.returncode == 0, done.stderr
    assert rb"\xb5 \xb7 =1+1" in done.stdout
    assert "µ · =1+1" in Path("öut", "table.csv").read_text("utf-8")


@linux
def test_broken_names(here):
    Path("image.tif").rename(f"{BROKEN}.tif")
    assert main(["predict", f"{BROKEN}.tif", "--method", "watershed",
                 "--output", f"{BROKEN}_2.tif"]) == 0  # fmt: skip
    assert tifffile.imread(f"{BROKEN}_2.tif").max() > 1
    assert main(["compare", f"{BROKEN}.tif", "--preset", "preset.json", "--output", BROKEN]) == 0
    report = Path(BROKEN, "report.html").read_text("utf-8")
    assert r"broken\udcff\udcfe.tif" in report
    assert main(["predict", BROKEN, "--method", BROKEN, "--output", "a.tif"]) == 2
    assert main([BROKEN]) == 2


@pytest.mark.parametrize("name", [LONG, "~nobody_at_all/x", "a\0b", "", "no/such/file"])
def test_names_that_cannot_be(here, capsys, name):
    predict = ["predict", "image.tif", "--method", "watershed", "--output", "out.tif"]
    compare = ["compare", "image.tif", "--preset", "preset.json", "--output", "out"]
    commands = [
        ["predict", name, *predict[2:]],
        [*predict[:-1], name],
        [*predict[:3], "stardist", "--checkpoint", f"{name}/x", *predict[4:]],
        [*predict, "--python", f"{name}/x"],
        [*compare[:3], name, *compare[4:]],
        [*compare, "--truth", name],
        ["compare", "--example-preset", f"{name}/no/x.json"],
        ["score", name, name],
        ["checkpoints", "add", f"{name}/x", "--of", "stardist"],
        ["checkpoints", "adopt", "cellpose-cyto3", f"{name}/x"],
        ["checkpoints", "download", f"{name}/x"],
        ["methods", "--set-python", "watershed", f"{name}/x"],
        ["demo", "--output", f"{name}/x/\0"],
    ]
    for command in commands:
        assert main(command) == 2, command
        said = capsys.readouterr().err
        assert said.startswith(("cellbench: ", "usage: ")), command
        assert "should not have happened" not in said
    assert sorted(path.name for path in here.iterdir() if path.is_file()) == [
        "image.tif",
        "preset.json",
    ]


@linux
@pytest.mark.parametrize("home", ["/dev/null", "/proc/1/nothing", ""])
def test_a_home_that_is_none(here, home):
    variables = {"HOME": home, "CELLBENCH_CONFIG": "", "CELLBENCH_CACHE": "", "NUMBA_CACHE_DIR": ""}
    assert shell(PREDICT, **variables).returncode == 0
    done = shell(f"{COMPARE} && cellbench score out.tif out/labels/*.tif", **variables)
    assert done.returncode == 0, done.stderr
    assert b"mAP           1" in done.stdout


def test_json_is_one_object(here, capsys):
    arguments = ["predict", "image.tif", "--method", "watershed", "--output", "out.tif", "--json"]
    assert main(arguments) == 0
    printed = capsys.readouterr()
    told = json.loads(printed.out)
    assert set(told) >= {
        "image", "output", "method", "checkpoint", "objects", "seconds", "roles", "notes",
    }  # fmt: skip
    assert told["objects"] == tifffile.imread("out.tif").max()
    assert (told["image"], told["output"]) == ("image.tif", "out.tif")
    assert "note:" not in printed.err


def test_notes_are_told_and_kept(here, capsys):
    image = tifffile.imread("image.tif")
    tifffile.imwrite(
        "sized.ome.tif", image, metadata={"axes": "YX", "PhysicalSizeX": -1, "PhysicalSizeY": -1}
    )
    assert main(["predict", "sized.ome.tif", "--method", "watershed", "--output", "a.tif"]) == 0
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("note: ")]
    assert len([line for line in said if "unknown" in line]) == 1
    (note,) = (line.removeprefix("note: ") for line in said if "unknown" in line)
    arguments = ["predict", "sized.ome.tif", "--method", "watershed", "--output", "b.tif", "--json"]
    assert main(arguments) == 0
    assert note in json.loads(capsys.readouterr().out)["notes"]
    assert main(["compare", "sized.ome.tif", "--preset", "preset.json", "--output", "out"]) == 0
    assert f"note: {note}" in capsys.readouterr().err
    assert note in json.loads(Path("out", "table.json").read_text("utf-8"))["notes"]
    assert note.replace("'", "&#39;") in Path("out", "report.html").read_text("utf-8")
