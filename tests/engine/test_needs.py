"""What each method needs on this computer, as the command line and the Segment panel say it."""

import json
import subprocess
import sys

import pytest

from napari_cellbench import cli
from napari_cellbench.checkpoints import checkpoints
from napari_cellbench.checkpoints.facets import terms_of
from napari_cellbench.engine.environments import missing
from napari_cellbench.engine.needs import has_gpu, needs
from napari_cellbench.methods import Environment, get_method, methods
from napari_cellbench.methods.watershed import Watershed


@pytest.fixture(autouse=True)
def _own_places(tmp_path, monkeypatch):
    monkeypatch.setenv("CELLBENCH_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("CELLBENCH_CACHE", str(tmp_path / "cache"))


@pytest.fixture(params=[True, False])
def gpu(request, monkeypatch) -> bool:
    """Let the computer have a GPU, or none."""
    monkeypatch.setattr("napari_cellbench.engine.needs.has_gpu", lambda: request.param)
    return request.param


class Slow(Watershed):
    gpu = "slow without"


class Bound(Watershed):
    gpu = "needed"
    research_only = True


class Lacking(Watershed):
    requires = ("no_such_package",)


class Guest(Watershed):
    environment = Environment(("something==1",), size=3 * 10**9)


class Handmade(Watershed):
    environment = Environment((), size=10**9, by_hand=("make it",), because="It is nowhere.")


def test_nothing_where_all_is_well(gpu):
    found = needs(Watershed())
    assert (found.installed, found.command, found.size) == ("installed", "", 0)
    assert found.can_run
    assert found.cautions == ()


def test_gpu(gpu):
    found = needs(Slow())
    assert found.can_run
    assert found.cautions == (() if gpu else ("slow without a GPU",))
    found = needs(Bound())
    assert found.can_run is gpu
    assert found.cautions == (*(() if gpu else ("needs a GPU",)), "for research only")


@pytest.mark.parametrize(
    ("kind", "state", "words", "command"),
    [
        (Lacking, "not installed", "not installed", "pip install no_such_package"),
        (Guest, "one click", "one click to install, 3.00 GB", "environments create watershed"),
        (Handmade, "not installed", "not installed", "make it"),
    ],
)
def test_installing(kind, state, words, command):
    found = needs(kind())
    assert found.installed == state
    assert found.to_install == words
    assert command in found.command
    assert not found.can_run


def test_licence_is_that_of_all_published_weights():
    for key, method in methods().items():
        terms = {
            terms_of(one)
            for one in checkpoints()
            if one.method == key and one.purpose == "segment" and one.source != "user"
        }
        if not method.research_only:
            assert needs(method).research == ("weights" if terms == {"non-commercial"} else "")
    # Those whose weights the package carries are for everybody.
    for key in ("stardist", "cellpose_unet", "segment_anything", "watershed"):
        assert needs(get_method(key)).research == ""
    assert needs(get_method("cellpose_sam")).research == "weights"


def test_what_a_gpu_means_is_said_in_one_place():
    for method in methods().values():
        assert "GPU" not in method.purpose


def test_gpu_is_found_as_the_system_shows_it(monkeypatch, tmp_path):
    has_gpu.cache_clear()
    try:
        (tmp_path / "nvidia-smi").touch(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setattr(sys, "platform", "linux")
        assert has_gpu()
        has_gpu.cache_clear()
        monkeypatch.setattr(sys, "platform", "darwin")
        monkeypatch.setattr("platform.machine", lambda: "arm64")
        assert has_gpu()
        has_gpu.cache_clear()
        monkeypatch.setattr("platform.machine", lambda: "x86_64")
        assert not has_gpu()
    finally:
        has_gpu.cache_clear()


def test_command_line_says_the_same(capsys):
    assert cli.main(["methods", "--json"]) == 0
    rows = {row["key"]: row for row in json.loads(capsys.readouterr().out)}
    assert cli.main(["methods"]) == 0
    text = capsys.readouterr().out
    assert set(rows) == set(methods())
    for key, row in rows.items():
        found = needs(get_method(key))
        assert row["available"] is found.can_run
        assert row["state"] == found.to_install
        assert row["install"] == found.command
        assert row["missing"] == list(missing(get_method(key)))
        assert (row["gpu"], row["research_only"]) == (found.gpu, found.research)
        assert row["cautions"] == list(found.cautions)
        assert all(caution in text for caution in found.cautions)
        assert found.to_install in text


def test_no_framework_is_imported_for_it():
    program = (
        "import sys\n"
        "from napari_cellbench.engine.needs import needs\n"
        "from napari_cellbench.methods import methods\n"
        "[needs(method) for method in methods().values()]\n"
        "print([name for name in ('torch', 'cellpose', 'mmdet') if name in sys.modules])\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "[]"
