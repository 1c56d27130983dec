"""Curves of a run that is being written."""

import json

import pytest

from napari_cellbench.training.curves import POINTS, CurveReader
from napari_cellbench.training.run import Run


@pytest.fixture
def run(tmp_path, plan):
    return Run.create(tmp_path / "run", plan())


def write(run, *rows, end="\n"):
    with (run.folder / "metrics.jsonl").open("a") as file:
        file.write("\n".join(map(json.dumps, rows)) + end)


def loss(step, value):
    return {"step": step, "steps": 9, "loss": value, "seconds": step / 2}


def measured(step, when, f1):
    figures = {"F1": f1, "AP50": f1 / 2, "mAP": 0.1, "images": 1}
    return {"step": step, "when": when, "validation": figures, "each": [f1]}


def test_nothing_is_there_at_first(run):
    assert CurveReader(run).read().steps == ()


def test_rows_are_taken_as_they_come(run):
    reader = CurveReader(run)
    write(run, measured(0, "before", 0.5), loss(1, 3.0))
    first = reader.read()
    assert (first.steps, first.losses, first.measured, first.f1) == ((1,), (3.0,), (0,), (0.5,))
    write(run, loss(2, 2.0), measured(2, "training", 0.6), loss(3, 1.0), measured(3, "after", 0.7))
    last = reader.read()
    assert last.steps == (1, 2, 3)
    assert (last.measured, last.f1, last.ap50) == ((0, 2, 3), (0.5, 0.6, 0.7), (0.25, 0.3, 0.35))
    assert CurveReader(run).read() == last, "as if it had been read at once"


def test_half_a_row_waits_for_its_other_half(run):
    reader = CurveReader(run)
    text = json.dumps(loss(1, 3.0))
    (run.folder / "metrics.jsonl").write_text(text[:9])
    assert reader.read().steps == ()
    (run.folder / "metrics.jsonl").write_text(text + "\n")
    assert reader.read().steps == (1,)


def test_a_run_that_was_killed_goes_back_to_its_snapshot(run):
    reader = CurveReader(run)
    rows = [loss(step, 1.0) for step in (1, 2, 4, 6)]
    write(run, measured(0, "before", 0.5), *rows, measured(4, "training", 0.1))
    assert reader.read().steps == (1, 2, 4, 6)
    write(run, loss(3, 0.5), end="\n")
    curves = reader.read()
    assert (curves.steps, curves.losses[-1], curves.measured) == ((1, 2, 3), 0.5, (0,))


def test_what_is_measured_at_the_end_counts_once(run):
    write(run, loss(3, 1.0), measured(3, "training", 0.6), measured(3, "after", 0.7))
    curves = CurveReader(run).read()
    assert (curves.measured, curves.f1) == ((3,), (0.7,))


def test_rubbish_and_strangers_are_left_out(run):
    (run.folder / "metrics.jsonl").write_text('{"step": \nnull\n{"step": "x"}\n[1]\n')
    write(run, {"step": 2, "when": "before", "replay": {"F1": 1}}, loss(5, 1.0))
    assert CurveReader(run).read().steps == (5,)


def test_long_runs_are_thinned_and_keep_their_end(run):
    write(run, *(loss(step, float(step)) for step in range(1, 3 * POINTS + 2)))
    curves = CurveReader(run).read()
    assert len(curves.steps) <= POINTS + 1
    assert curves.steps[-1] == curves.losses[-1] == 3 * POINTS + 1
