"""What the documentation shows must work."""

import json
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from scipy import ndimage as ndi

from napari_cellbench import cli
from napari_cellbench.checkpoints import checkpoints
from napari_cellbench.conformance import CHECKS
from napari_cellbench.data import readers
from napari_cellbench.errors import InputError
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
    paths = filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")])
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths)}


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


def test_example_method_keeps_the_contract(other_package):
    told = json.loads(cellbench(other_package, "check-method", "threshold", "--json"))
    assert told["ok"]
    by_class = cellbench(other_package, "check-method", "threshold_method:Threshold")
    assert "15 passed, 2 not applicable." in by_class


def test_example_test_of_the_method(other_package, tmp_path):
    shutil.copy(DOCS / "examples" / "test_threshold.py", tmp_path)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(
        command, env=other_package, capture_output=True, text=True, timeout=120, check=False
    )
    assert "1 passed" in done.stdout, done.stdout


def example(name: str) -> dict[str, Any]:
    return runpy.run_path(str(DOCS / "examples" / f"{name}.py"))


def test_guide_lists_every_check():
    page = (DOCS / "how-to" / "add-a-method.md").read_text("utf-8")
    assert re.findall(r"^\| `([\w-]+)` \|", page, re.MULTILINE) == list(CHECKS)


def test_example_metric(six_segmentations):
    dice = example("dice_metric")["foreground_dice_of"]
    truth, found = six_segmentations["truth"], six_segmentations["Otsu and watershed"]
    both = np.count_nonzero(truth) + np.count_nonzero(found)
    expected = 2 * np.count_nonzero((truth > 0) & (found > 0)) / both
    assert dice(truth, found) == pytest.approx(expected)
    assert np.isnan(dice(np.zeros((4, 4), int), np.zeros((4, 4), int)))


def test_example_reader(tmp_path, monkeypatch):
    reader = example("masks_reader")["READER"]
    for name in ("raw", "masks"):
        (tmp_path / "plate" / name).mkdir(parents=True)
    labels = np.arange(120, dtype=np.uint16).reshape(10, 12)
    for name in ("a", "b"):
        tifffile.imwrite(tmp_path / "plate" / "raw" / f"{name}.tif", labels)
    tifffile.imwrite(tmp_path / "plate" / "masks" / "b.tif", labels)
    monkeypatch.setattr(readers, "READERS", (*readers.READERS, reader))
    assert readers.detect(tmp_path / "plate") is reader
    samples = readers.read_samples(tmp_path / "plate")
    assert samples.names == ("a", "b")
    assert [samples.has_truth(i) for i in range(2)] == [False, True]
    assert samples[0].truth == {}
    np.testing.assert_array_equal(samples[1].truth["whole_cell"].labels, labels)
    for file in (tmp_path / "plate" / "raw").iterdir():
        file.unlink()
    with pytest.raises(InputError, match="raw holds no images"):
        readers.read_samples(tmp_path / "plate")


@pytest.mark.parametrize("page", sorted(path.name for path in (DOCS / "how-to").glob("add-a-*.md")))
def test_guide_names_files_that_are_there(page):
    text = (DOCS / "how-to" / page).read_text("utf-8")
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    package = ROOT / "src" / "napari_cellbench"
    named = re.findall(r"`((?:[\w-]+/)+[\w-]+(?:\.\w+)?|[\w-]+\.(?:yaml|md))`", text)
    missing = [name for name in named if not any((at / name).exists() for at in (package, ROOT))]
    assert not missing


@pytest.mark.parametrize("command", COMMANDS)
def test_command_line_in_the_docs_is_accepted(command):
    cli._parser().parse_args(shlex.split(command, comments=True)[1:])


def test_docs_show_commands():
    assert len(COMMANDS) >= 5


PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
PAGES = sorted(DOCS.rglob("*.md"))


@pytest.mark.parametrize("page", sorted((DOCS / "how-to").glob("*.md")), ids=lambda page: page.stem)
def test_every_guide_has_a_picture(page):
    assert PICTURE.search(page.read_text("utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pictures_are_there_and_say_what_they_show(page):
    for words, path in PICTURE.findall(page.read_text("utf-8")):
        assert (page.parent / path).is_file(), path
        assert len(words.split()) >= 4, f"{path}: {words!r} doesn't say what is to be seen"


def test_no_picture_is_left_over():
    files = (*PAGES, ROOT / "README.md", ROOT / "mkdocs.yml")
    used = "\n".join(file.read_text("utf-8") for file in files)
    pictures = [path.name for path in (DOCS / "images").iterdir()]
    assert pictures
    assert [name for name in pictures if f"images/{name}" not in used] == []


def test_pictures_ask_nothing_of_the_web():
    for path in (DOCS / "images").glob("*.svg"):
        text = path.read_text("utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert "://" not in text, path.name
        assert "@import" not in text, path.name


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
    units = ("", "-one", "-two", "-three", "-four", "-five", "-six", "-seven", "-eight", "-nine")
    tens = {"Twenty": 20, "Thirty": 30, "Forty": 40}
    words = {ten + unit: n + i for ten, n in tens.items() for i, unit in enumerate(units)}
    (count,) = re.findall(r"- ([\w-]+) \[methods\]", README)
    assert words[count] == len(methods())
    (known,) = re.findall(r"(\d+) checkpoints with their published figures", README)
    assert int(known) == len(checkpoints())
