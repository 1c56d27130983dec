"""Versions that are told without a worker are those that a worker tells."""

import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_cellbench.data.source import Source
from napari_cellbench.engine import Engine, Job
from napari_cellbench.engine.environments.requirements import versions_of
from napari_cellbench.engine.environments.versions import installed
from napari_cellbench.errors import Cancelled, EngineError
from napari_cellbench.methods.registry import get_method

SMALL = Source.of(np.zeros((1, 8, 8), np.uint8))
THIS = Path(sys.executable)


@pytest.mark.parametrize("python", [None, THIS])
@pytest.mark.parametrize("key", ["watershed", "misbehaving"])
def test_worker_agrees(engine, key, python):
    """Here, and where the packages are lent to another environment."""
    told = engine.run(SMALL, replace(Job(key, ("nucleus",)), python=python)).versions
    assert versions_of(get_method(key), python) == told
    assert "unknown" not in told.values()


def test_package_of_the_method_counts(with_misbehaving):
    assert versions_of(get_method("misbehaving"))["misbehaving"] == "1.0"


def test_package_that_is_not_installed(with_misbehaving, monkeypatch):
    method = get_method("misbehaving")
    monkeypatch.setattr(type(method), "requires", ("no_such_module",))
    assert versions_of(method)["no_such_module"] == "unknown"
    assert versions_of(method, THIS)["no_such_module"] == "unknown"


def test_module_that_is_named_otherwise_than_its_package():
    assert installed(["skimage", "PIL", "no_such_module"]).keys() == {"skimage", "PIL"}
    assert installed(["skimage"])["skimage"][0] == "scikit-image"


def test_interpreter_that_is_not_there(tmp_path):
    with pytest.raises(EngineError, match="can't be started"):
        versions_of(get_method("watershed"), tmp_path / "python")


@pytest.mark.skipif(sys.platform == "win32", reason="needs executable scripts")
@pytest.mark.parametrize(
    "answer", ["[]", "{}", '{"python": 3}', '{"python": ["a"], "versions": {}}', "[" * 100_000]
)
def test_interpreter_that_answers_anything(tmp_path, answer):
    python = tmp_path / "python"
    (tmp_path / "answer").write_text(answer)
    python.write_text(f"#!/bin/sh\ncat {tmp_path / 'answer'}\n")
    python.chmod(0o755)
    with pytest.raises(EngineError, match="does not answer as a Python interpreter does"):
        versions_of(get_method("watershed"), python)


@pytest.mark.skipif(sys.platform == "win32", reason="needs executable scripts")
def test_interpreter_that_hangs_is_left_at_once(tmp_path):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nsleep 99\n")
    python.chmod(0o755)
    cancel = threading.Event()
    threading.Timer(0.3, cancel.set).start()
    started = time.monotonic()
    job = Job("watershed", ("nucleus",), python=python)
    with pytest.raises(Cancelled):
        Engine().run(Source.of(np.zeros((1, 8, 8))), job, cancel=cancel)
    assert time.monotonic() - started < 1.3
