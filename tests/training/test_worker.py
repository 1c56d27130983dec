"""Runs in real processes: stopped, killed and resumed, they end as if nothing had happened."""

import json
import os
import signal
import time
from dataclasses import replace

import numpy as np
import psutil
import pytest

from napari_cellbench.errors import InputError
from napari_cellbench.methods.training import TrainingSettings
from napari_cellbench.training.launching import launch
from napari_cellbench.training.run import Run

from .conftest import PATIENCE, needs_torch

pytestmark = needs_torch


def wait(run, is_so=lambda status: not status.is_under_way):
    """Wait until a run is so; return its status."""
    end = time.monotonic() + PATIENCE
    while not is_so(status := run.status()):
        assert time.monotonic() < end, (status, run.log.read_text())
        assert is_so(status) or status.is_under_way, (status, run.log.read_text())
        time.sleep(0.02)
    return status


def weights(run):
    from safetensors.numpy import load_file

    # Not the best one: which snapshots are measured depends on the time that it takes.
    return load_file(run.folder / "training" / "checkpoint.safetensors")


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory, pairs):
    from napari_cellbench.training.plan import Plan

    settings = TrainingSettings(steps=24, batch=1, patch=64, snapshot=3)
    made = Plan("stardist", pairs, settings=settings, device="cpu", start="stardist-nuclei-fluo")
    run = Run.create(tmp_path_factory.mktemp("whole") / "run", made.checked())
    launch(run)
    assert wait(run).state == "finished"
    return run


def test_a_finished_run_has_a_checkpoint_and_figures(uninterrupted):
    status = uninterrupted.status()
    assert status.step == status.steps == 24
    assert set(status.before) == set(status.after) == {"AP50", "F1", "mAP", "images"}
    assert status.memory > 0
    rows = uninterrupted.metrics()
    assert rows[-1]["step"] == 24
    assert rows[-1]["validation"] == status.after
    card = (uninterrupted.folder / "model-card.md").read_text("utf-8")
    assert f"{status.after['F1']:.3f}" in card
    record = json.loads((uninterrupted.folder / "status.json").read_text())
    assert record["state"] == "finished"
    with pytest.raises(InputError, match="finished"):
        launch(uninterrupted)


def test_killed_at_random_moments_it_ends_with_the_same_weights(tmp_path, uninterrupted):
    run = Run.create(tmp_path / "run", uninterrupted.plan)
    rng = np.random.default_rng(3)
    launch(run)
    for step in sorted(rng.integers(0, 22, 3).tolist()):
        status = wait(run, lambda s, step=step: s.pid is not None and s.step >= step)
        time.sleep(rng.random() * 0.3)
        with_children = psutil.Process(status.pid).children(recursive=True)
        os.kill(status.pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        psutil.wait_procs(with_children, timeout=PATIENCE)
        end = time.monotonic() + PATIENCE
        while run.is_alive():
            assert time.monotonic() < end
            time.sleep(0.02)
        if run.status().state == "finished":
            break
        assert run.status().state == "lost"
        launch(run)
    assert wait(run).state == "finished", run.log.read_text()
    expected, found = weights(uninterrupted), weights(run)
    assert set(expected) == set(found)
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values)


def test_stopped_and_resumed_it_ends_with_the_same_weights(tmp_path, uninterrupted):
    run = Run.create(tmp_path / "run", uninterrupted.plan)
    launch(run)
    wait(run, lambda status: status.step >= 2)
    status = run.stop(grace=PATIENCE)
    assert status.state == "stopped"
    assert "resume" in status.message
    assert not run.is_asked_to_stop
    launch(run)
    wait(run, lambda status: status.pid is not None)
    with pytest.raises(InputError, match="already"):
        launch(run)
    assert wait(run).state == "finished"
    expected, found = weights(uninterrupted), weights(run)
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values)


def test_a_process_that_does_not_stop_is_ended(tmp_path, uninterrupted):
    if not hasattr(signal, "SIGSTOP"):
        pytest.skip("no process can be held still here")
    run = Run.create(tmp_path / "run", uninterrupted.plan)
    launch(run)
    status = wait(run, lambda status: status.pid is not None)
    os.kill(status.pid, signal.SIGSTOP)
    assert run.stop(grace=0.5).state == "stopped"
    assert "force" in run.status().message
    assert not run.is_alive()


def test_two_runs_take_turns(tmp_path, uninterrupted):
    first = Run.create(tmp_path / "first", uninterrupted.plan)
    second = Run.create(tmp_path / "second", uninterrupted.plan)
    launch(first)
    wait(first, lambda status: status.state == "running")
    launch(second)
    wait(second, lambda status: status.message == "Waiting for the device")
    assert first.status().state == "running"
    assert second.stop(grace=PATIENCE).state == "stopped"
    assert first.stop(grace=PATIENCE).state == "stopped"


def test_minutes_become_steps(tmp_path, plan):
    made = replace(plan(), minutes=0.02)
    run = Run.create(tmp_path / "run", made.checked())
    launch(run)
    status = wait(run)
    assert status.state == "finished", run.log.read_text()
    assert status.steps >= 1
    assert not (run.folder / "trial").exists()


def test_images_that_do_not_fit_fail_with_a_sentence(tmp_path, plan, pairs):
    made = plan(start="stardist-nuclei-histology")
    run = Run.create(tmp_path / "run", made.checked())
    launch(run)
    status = wait(run)
    assert status.state == "failed"
    assert "Traceback" not in status.message
    assert status.message.endswith(".")
