"""`cellbench checkpoints`, with a lab's mirror in place of the network."""

import json
import os
import subprocess
import sys

import pytest

from napari_cellbench.checkpoints import get_checkpoint, location, stored
from napari_cellbench.checkpoints.catalogue import BUNDLED
from napari_cellbench.cli import main

KEY = "cellpose-cyto"
WEIGHTS = (BUNDLED / "cellpose-phase-contrast.safetensors").read_bytes()
"""Without a published hash, a file has to be one that the method loads."""


@pytest.fixture(autouse=True)
def mirror(tmp_path, monkeypatch):
    """A mirror that has cyto; a cache of the test's own."""
    monkeypatch.setenv("CELLBENCH_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "mirror"
    folder.mkdir()
    monkeypatch.setenv("CELLBENCH_MIRROR", str(folder))
    (folder / location(get_checkpoint(KEY)).name).write_bytes(WEIGHTS)
    return folder


def listed(capsys, *options) -> dict[str, dict]:
    assert main(["checkpoints", "--json", *options]) == 0
    return {row["key"]: row for row in json.loads(capsys.readouterr().out)}


def test_list(capsys):
    rows = listed(capsys)
    assert rows["seggal-swin-s-nuclei-dual-all"]["figures"]["accuracy"] == 0.73
    assert not rows[KEY]["installed"]
    assert {row["method"] for row in listed(capsys, "--method", "stardist").values()} == {
        "stardist"
    }


def test_download_list_and_delete(capsys):
    assert main(["checkpoints", "download", KEY]) == 0
    assert str(location(get_checkpoint(KEY))) in capsys.readouterr().out
    assert KEY in listed(capsys, "--installed")
    assert main(["checkpoints", "--installed"]) == 0
    assert f"{KEY} " in capsys.readouterr().out
    assert main(["checkpoints", "delete", KEY]) == 0
    assert not stored(get_checkpoint(KEY)).installed


def test_adopt(tmp_path, capsys):
    file = tmp_path / "cyto3"
    file.write_bytes(WEIGHTS)
    assert main(["checkpoints", "adopt", "cellpose-cyto3", str(file)]) == 0
    assert location(get_checkpoint("cellpose-cyto3")).read_bytes() == WEIGHTS


def test_own_file(tmp_path, capsys):
    file = tmp_path / "mine.h5"
    file.write_bytes(b"weights")
    assert main(["checkpoints", "add", str(file), "--of", "stardist", "--title", "Mine"]) == 0
    assert capsys.readouterr().out == "my-mine\n"
    assert listed(capsys)["my-mine"]["path"] == str(file)
    assert main(["checkpoints", "delete", "my-mine"]) == 0
    assert "my-mine" not in listed(capsys)
    assert file.exists()


def test_own_file_of_an_unknown_method(tmp_path, capsys):
    assert main(["checkpoints", "add", str(tmp_path), "--of", "none"]) == 2
    assert "No method 'none'" in capsys.readouterr().err


def test_check_tells_what_does_not_answer():
    # A proxy that refuses every connection: there is no network, wherever this test runs.
    offline = dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9")
    command = [sys.executable, "-m", "napari_cellbench.cli", "checkpoints", "check"]
    done = subprocess.run(
        [*command, "stardist-2D_demo", "mediar"],
        env=os.environ | offline,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "FAILED   stardist-2D_demo: https://github.com/" in done.stdout
    assert "browser  mediar: https://drive.google.com" in done.stdout
    assert "1 of 2 addresses" in done.stderr
