"""The button that makes the environment of a method."""

import shutil
import sys
from importlib.util import find_spec

import pytest

from napari_cellbench.engine.environments import python_of
from napari_cellbench.engine.environments.made import made
from napari_cellbench.methods import Environment, get_method

from ..engine.environments.wheels import slow_source, wheel
from .conftest import choose_method

TIMEOUT = 60_000


@pytest.fixture(autouse=True)
def packages(tmp_path, monkeypatch):
    """A folder in the registry's place; settings and a cache of the test's own."""
    if not (find_spec("uv") or shutil.which("uv")):
        pytest.skip("needs uv")
    folder = tmp_path / "packages"
    folder.mkdir()
    wheel(folder, "stripes-framework", "1.0")
    wheel(folder, "numpy", "2.9")
    wheel(folder, "pycocotools", "2.0.9")
    slow_source(folder, "slow", "1.0", tmp_path / "began")
    for name, value in {
        "CELLBENCH_CACHE": tmp_path / "cache",
        "CELLBENCH_CONFIG": tmp_path / "config",
        "UV_CACHE_DIR": tmp_path / "uv",
        "UV_FIND_LINKS": folder,
        "UV_NO_INDEX": "1",
        "UV_OFFLINE": "1",
    }.items():
        monkeypatch.setenv(name, str(value))
    return folder


@pytest.fixture
def needing(monkeypatch):
    """Return a function that lets the watershed need an environment with a package."""

    def need(package: str) -> None:
        here = f"{sys.version_info[0]}.{sys.version_info[1]}"
        kind = type(get_method("watershed"))
        environment = Environment((package,), pythons=(here,), download=10**6, size=10**7)
        monkeypatch.setattr(kind, "environment", environment)
        monkeypatch.setattr(kind, "requires", ("stripes_framework",))

    return need


def test_made_with_the_button(qtbot, needing, make_widget, blobs):
    widget = make_widget(blobs)
    making = widget.form.making
    assert making.isHidden()
    needing("stripes-framework==1.0")
    widget.form.method.refresh()
    choose_method(widget, "stardist")
    choose_method(widget, "watershed")
    assert not making.isHidden()
    assert "1 MB to download at most, 10 MB on the disk" in making.status.text()
    assert "cellbench environments create watershed" in widget.form.about.text()
    assert not widget.runs.run_button.isEnabled()
    told = []
    making.run_button.click()
    assert making.cancel_button.isEnabled()
    making.run.moved.connect(lambda status: told.append(status.fraction))
    qtbot.waitUntil(lambda: making.run is None, timeout=TIMEOUT)
    assert told == sorted(told)
    assert python_of("watershed") is not None
    assert making.isHidden()
    assert widget.runs.run_button.isEnabled()
    assert f"Runs in {python_of('watershed')}" in widget.form.about.text()


def test_cancelled_and_shown_while_another_method_is_chosen(
    qtbot, needing, make_widget, blobs, tmp_path
):
    needing("slow")
    widget = make_widget(blobs)
    making = widget.form.making
    making.run_button.click()
    qtbot.waitUntil((tmp_path / "began").exists, timeout=TIMEOUT)
    choose_method(widget, "stardist")
    assert not making.isHidden(), "what is being made is shown until it has ended"
    making.cancel_button.click()
    qtbot.waitUntil(lambda: making.run is None, timeout=5000)
    assert making.isHidden()
    choose_method(widget, "watershed")
    assert not making.isHidden()
    assert made() == {}


def test_failure_says_what_to_do(qtbot, needing, make_widget, blobs):
    needing("stripes-framework==9")
    widget = make_widget(blobs)
    making = widget.form.making
    making.run_button.click()
    qtbot.waitUntil(lambda: making.run is None, timeout=TIMEOUT)
    assert "no version of stripes-framework==9" in making.status.text()
    assert making.run_button.isEnabled()
    assert not widget.runs.run_button.isEnabled()


def test_panel_that_is_closed_ends_what_it_makes(qtbot, needing, make_widget, blobs, tmp_path):
    needing("slow")
    widget = make_widget(blobs)
    widget.form.making.run_button.click()
    qtbot.waitUntil((tmp_path / "began").exists, timeout=TIMEOUT)
    run = widget.form.making.run
    widget.closing()
    qtbot.waitUntil(lambda: not run.is_running, timeout=5000)
    assert made() == {}
