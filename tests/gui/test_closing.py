"""Panels and napari are closed, and images taken away, in the middle of a run."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ..left_overs import still_running

SCRIPT = Path(__file__).with_name("close_during_segment.py")
SECONDS = 150
"""How long the ill-behaved method would go on; see the script."""


@pytest.fixture
def during_a_run(tmp_path, with_misbehaving):
    """Return a function that runs the script, and returns what it saw."""

    def run(method: str, way: str) -> dict:
        report = tmp_path / "report.json"
        ended = subprocess.run(
            [sys.executable, str(SCRIPT), method, way, str(report)],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr[-2000:]
        assert "Traceback" not in ended.stderr
        said = json.loads(report.read_text())
        assert not said["fault"]
        assert said["workers"]
        assert not still_running(said["workers"])
        return said

    return run


@pytest.mark.parametrize("way", ["panel", "window"])
def test_closing_stops_what_listens_to_nothing(during_a_run, way):
    """Neither is waited for what runs, nor does its result arrive later."""
    began = time.monotonic()
    said = during_a_run("misbehaving", way)
    assert time.monotonic() - began < SECONDS
    assert said["layers"] == ["cells"]
    if way == "panel":
        assert not said["alive"]


@pytest.mark.parametrize("method", ["watershed", "stardist"])
def test_image_goes(during_a_run, method):
    if method == "stardist":
        pytest.importorskip("torch")
    said = during_a_run(method, "image")
    assert len(said["layers"]) == 1
    assert said["layers"][0] != "cells"
    assert "the image was removed in the meantime" in said["after"]


def test_pixels_are_replaced(during_a_run):
    """The result is of the pixels that were there, and says so."""
    said = during_a_run("watershed", "pixels")
    assert len(said["layers"]) == 2
    assert "before they were replaced" in said["after"]
