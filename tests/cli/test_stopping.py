"""Ctrl-C at any moment: no traceback, no half file."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_cellbench.compare.preset import write_preset
from napari_cellbench.engine import Entry

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")

MOMENTS = 6
"""Between the start of a command and its end."""

SLOW = """
import sys, time
from napari_cellbench.files import atomic
fsync, there = atomic.os.fsync, sys.argv.pop(1)
def slow(number):
    open(there, "x").close()
    time.sleep(5)
    fsync(number)
atomic.os.fsync = slow
from napari_cellbench.cli import main
sys.exit(main())
"""
"""Runs a command that is a long time over the end of its first file, and says when it is there."""


@pytest.fixture(scope="module")
def image(tmp_path_factory) -> Path:
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("image") / "image.tif"
    tifffile.imwrite(path, rng.integers(0, 4000, (300, 300), np.uint16))
    return path


def start(*arguments: object, code: str | None = None) -> subprocess.Popen[bytes]:
    """Start a command as a terminal does: in a process group of its own, which gets Ctrl-C."""
    program = ["-m", "napari_cellbench.cli"] if code is None else ["-c", code]
    return subprocess.Popen(
        [sys.executable, *program, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=_listen,
    )


def _listen() -> None:
    """Hear signals that whoever runs the tests may ignore, as `nohup` and a shell's `&` do."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def press(process: subprocess.Popen[bytes], number: int = signal.SIGINT) -> str:
    """Send a signal to a command and its workers; return what it printed."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
    out, err = process.communicate(timeout=60)
    return (out + err).decode()


def is_whole(path: Path) -> bool:
    """Tell whether a file is complete, by what reads it."""
    if path.suffix == ".tif":
        return tifffile.imread(path).shape == (300, 300)
    if path.suffix == ".json":
        return bool(json.loads(path.read_text("utf-8")))
    text = path.read_text("utf-8")
    if path.suffix == ".csv":
        widths = {len(row) for row in csv.reader(text.splitlines())}
        return text.endswith("\n") and len(widths) == 1
    return text.rstrip().endswith(("</html>", "|", "not ranked."))


def commands(image: Path, folder: Path) -> dict[str, list[object]]:
    write_preset(folder.parent / "preset.json", [Entry("watershed")])
    predict = ["predict", image, "--method", "watershed", "--output", folder / "labels.tif"]
    compare = ["compare", image, "--preset", folder.parent / "preset.json", "--output", folder]
    return {"predict": predict, "compare": compare}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("command", ["predict", "compare"])
def test_at_many_moments(image, tmp_path, monkeypatch, command):
    monkeypatch.setenv("CELLBENCH_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "whole"
    folder.mkdir()
    begin = time.monotonic()
    process = start(*commands(image, folder)[command])
    assert process.wait(120) == 0
    seconds = time.monotonic() - begin
    process.communicate()
    for moment in range(MOMENTS):
        folder = tmp_path / f"out_{moment}"
        folder.mkdir()
        process = start(*commands(image, folder)[command])
        # The first quarter is Python's own, and the imports.
        time.sleep(seconds * (0.25 + 0.8 * moment / MOMENTS))
        printed = press(process)
        # Where it struck in a text that was being executed, Python ends by the signal itself.
        assert process.returncode in (0, 130, -signal.SIGINT), printed
        assert "Traceback" not in printed
        for path in folder.rglob("*"):
            assert path.is_dir() or is_whole(path), path


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_while_a_file_is_written(image, tmp_path, number):
    folder = tmp_path / "out"
    folder.mkdir()
    there = tmp_path / "there"
    process = start(there, *commands(image, folder)["predict"], code=SLOW)
    end = time.monotonic() + 60
    while not there.exists() and time.monotonic() < end:
        time.sleep(0.02)
    assert [path.suffix for path in folder.iterdir()] == [".tmp"]
    printed = press(process, number)
    assert process.returncode == 128 + number, printed
    assert "Traceback" not in printed
    assert list(folder.iterdir()) == []


def test_many_images_go_on_where_they_were_stopped(image, tmp_path):
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    for number in range(200):
        (folder / f"{number:03}.tif").write_bytes(image.read_bytes())
    command = ["predict", folder, "--method", "watershed", "--output-dir", out, "--resume"]
    process = start(*command)
    end = time.monotonic() + 60
    while len(list(out.glob("*.tif"))) < 5 and time.monotonic() < end:
        time.sleep(0.02)
    printed = press(process)
    assert process.returncode == 130, printed
    assert "Traceback" not in printed
    done = sorted(out.glob("*.tif"))
    assert 5 <= len(done) < 200
    assert all(is_whole(path) for path in done)
    assert not list(out.glob("*.tmp"))
    process = start(*command)
    said = process.communicate(timeout=120)[1].decode()
    assert process.returncode == 0, said
    assert f"{len(done)} of 200 images skipped" in said
    assert len(list(out.glob("*.tif"))) == 200
