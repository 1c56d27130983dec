"""What the documentation shows must work."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
from scipy import ndimage as ndi

from napari_cellbench import cli
from napari_cellbench.checkpoints import checkpoints
from napari_cellbench.methods import methods

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
EXAMPLE = DOCS / "examples" / "threshold_method.py"
COMMAND = re.compile(r"^cellbench .*$", re.MULTILINE)
COMMANDS = sorted(
    {
        command
        for page in (*DOCS.rglob("*.md"), ROOT / "README.md")
        for command in COMMAND.findall(page.read_text("utf-8"))
    }
)


@pytest.fixture
def other_package(tmp_path) -> dict[str, str]:
    """Install the example as a package of its own; return the environment that has it."""
    shutil.copy(EXAMPLE, tmp_path)
    info = tmp_path / "threshold_method-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: threshold-method\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[napari_cellbench.methods]\nthreshold = threshold_method:Threshold\n"
    )
    return os.environ | {"PYTHONPATH": str(tmp_path)}


def cellbench(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-m", "napari_cellbench.cli", *arguments]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_example_method_is_short():
    assert len(EXAMPLE.read_text("utf-8").splitlines()) < 40


def test_example_method_runs_in_the_worker_like_any_other(other_package, tmp_path):
    listed = json.loads(cellbench(other_package, "methods", "--json"))
    assert "threshold" in [method["key"] for method in listed]

    rng = np.random.default_rng(0)
    image = np.round(ndi.gaussian_filter(rng.random((200, 300)), 5) * 60_000).astype(np.uint16)
    tifffile.imwrite(tmp_path / "image.tif", image)
    arguments = ["predict", str(tmp_path / "image.tif"), "--method", "threshold"]
    arguments += ["--param", "level=0.6", "--output", str(tmp_path / "labels.tif")]
    cellbench(other_package, *arguments)

    low, high = int(image.min()), int(image.max())
    expected, count = ndi.label(image > low + 0.6 * (high - low))
    assert count > 5
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "labels.tif"), expected)


@pytest.mark.parametrize("command", COMMANDS)
def test_command_line_in_the_docs_is_accepted(command):
    cli._parser().parse_args(shlex.split(command, comments=True)[1:])


def test_docs_show_commands():
    assert len(COMMANDS) >= 5


README = (ROOT / "README.md").read_text("utf-8")
"""Its links are absolute, since it is shown on PyPI too."""


def test_links_of_the_readme_lead_to_files():
    links = re.findall(r"\]\((?!#)([^)]+)\)", README)
    ours = [link for link in links if "napari-cellbench/napari-cellbench/" in link]
    assert len(ours) > 10
    for link in ours:
        kind, _, path = link.partition("/napari-cellbench/napari-cellbench/")[2].partition("/main/")
        assert kind in ("blob", "raw")
        assert (ROOT / path).is_file(), link
    assert all(link.startswith("https://") for link in links)


def test_counts_in_the_readme_are_those_of_the_registries():
    words = {"Fifteen": 15, "Sixteen": 16, "Twenty": 20, "Twenty-four": 24}
    (count,) = re.findall(r"- ([\w-]+) \[methods\]", README)
    assert words[count] == len(methods())
    (known,) = re.findall(r"(\d+) checkpoints with their published figures", README)
    assert int(known) == len(checkpoints())
