"""A run's folder, without a process that trains."""

import shutil
import threading
import time
from dataclasses import replace

import pytest

from napari_cellbench.errors import InputError
from napari_cellbench.training.run import STARTING, Run, known_runs
from napari_cellbench.training.status import Status


def test_a_new_run_is_found_again_until_it_is_gone(tmp_path, plan):
    run = Run.create(tmp_path / "a", plan())
    other = Run.create(tmp_path / "b", plan())
    assert {one.folder for one in known_runs()} == {run.folder, other.folder}
    assert Run.open(run.folder).plan == plan()
    run.remove()
    assert not run.folder.exists()
    assert [one.folder for one in known_runs()] == [other.folder]


def test_a_moved_run_is_known_where_it_is_opened(tmp_path, plan):
    run = Run.create(tmp_path / "before", plan())
    (run.folder / "training").mkdir()
    made = run.folder / "training" / "checkpoint.safetensors"
    made.touch()
    run.write(Status("finished", checkpoint=str(made)))
    shutil.move(run.folder, tmp_path / "after")
    moved = Run.open(tmp_path / "after")
    expected = tmp_path / "after" / "training" / "checkpoint.safetensors"
    assert moved.status().checkpoint == str(expected)
    assert [one.folder for one in known_runs()] == [moved.folder]


def test_no_run_takes_the_place_of_other_files(tmp_path, plan):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="isn't empty"):
        Run.create(tmp_path, plan())
    run = Run.create(tmp_path / "run", plan())
    with pytest.raises(InputError, match=r"holds a run.*resume"):
        Run.create(run.folder, plan())
    (run.folder / "notes.txt").write_text("a person's")
    run.remove()
    assert [one.name for one in run.folder.iterdir()] == ["notes.txt"]


def test_a_process_that_is_gone_leaves_a_lost_run(tmp_path, plan):
    run = Run.create(tmp_path / "run", plan())
    assert run.status().state == "queued", "its process may be about to start"
    run.write(replace(Status("queued"), heartbeat=time.time() - STARTING - 1))
    assert run.status().state == "lost"
    run.write(Status("running", pid=1))
    assert run.status().state == "lost", "whatever has its number now"
    assert "Resume" in run.status().message


def test_whoever_holds_the_lock_is_alive_whatever_the_clock_says(tmp_path, plan):
    run = Run.create(tmp_path / "run", plan())
    run.write(replace(Status("running", pid=1), heartbeat=time.time() + 1e6))
    with run.held():
        assert run.is_alive()
        assert run.status().state == "running"
        with pytest.raises(InputError, match="stop it first"):
            run.remove()
    assert not run.is_alive()


def test_only_one_process_holds_a_run(tmp_path, plan, monkeypatch):
    monkeypatch.setattr("napari_cellbench.training.run.TAKEN", 0.3)
    run = Run.create(tmp_path / "run", plan())
    with run.held(), pytest.raises(InputError, match="already"), Run(run.folder).held():
        pass


def test_a_look_at_a_run_keeps_no_process_from_it(tmp_path, plan):
    run = Run.create(tmp_path / "run", plan())
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            run.is_alive()

    looking = threading.Thread(target=look)
    looking.start()
    try:
        for _ in range(5):
            with run.held():
                pass
    finally:
        ended.set()
        looking.join()


def test_metrics_are_read_whatever_a_killed_process_left(tmp_path, plan):
    run = Run.create(tmp_path / "run", plan())
    assert run.metrics() == []
    (run.folder / "metrics.jsonl").write_text(
        '{"step": 1, "loss": 3}\n{"step": 2, "loss": 2}\n{"step": 2, "los\n{"step": 1, "loss": 1}\n'
    )
    assert run.metrics() == [{"step": 1, "loss": 1}, {"step": 2, "loss": 2}]
