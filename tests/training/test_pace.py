"""How long a run will take, by what a run of the same kind took."""

import json
from dataclasses import replace

import pytest

from napari_cellbench.training.pace import expected, known_pace
from napari_cellbench.training.run import Run
from napari_cellbench.training.status import Status


@pytest.fixture
def run(tmp_path, plan):
    made = Run.create(tmp_path / "run", plan())
    made.write(Status("finished", step=40, steps=40, device="cpu", memory=10**9, batch=1))
    return made


def write(run, *rows):
    told = [json.dumps({"step": s, "seconds": t, "loss": 1.0}) + "\n" for s, t in rows]
    (run.folder / "metrics.jsonl").write_text("".join(told))


def test_the_pace_is_that_of_the_last_steps(run, plan):
    assert known_pace(plan()) is None, "it has measured nothing"
    write(run, (10, 8.0), (20, 10.0), (40, 14.0))
    assert known_pace(plan()).seconds == pytest.approx(0.2)
    # Seconds are counted anew after it was resumed.
    write(run, (10, 80.0), (20, 90.0), (30, 1.0), (40, 2.0))
    assert known_pace(plan()).seconds == pytest.approx(0.1)
    assert known_pace(plan()).memory == 10**9


def test_other_kinds_of_run_tell_nothing(run, plan):
    write(run, (10, 1.0), (20, 2.0))
    settings = plan().settings
    assert known_pace(plan(settings=replace(settings, batch=2))) is None
    assert known_pace(plan(settings=replace(settings, patch=96))) is None
    assert known_pace(plan(device="cuda")) is None
    assert known_pace(plan(method="mediar")) is None
    assert known_pace(plan(settings=replace(settings, steps=9))) is not None


def test_it_is_told_in_words(run, plan):
    write(run, (10, 5.0), (20, 10.0))
    pace = known_pace(plan())
    assert "About 3 s: 6 steps at 0.5 s, 1.0 GB of memory" in expected(plan(), pace)
    assert "About 1 min: some 120 steps" in expected(plan(minutes=1), pace)
    assert "measured when it starts" in expected(plan(), None)
