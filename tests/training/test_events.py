"""TensorBoard's own reader finds the figures of a run."""

import math

import pytest

from napari_cellbench.training.events import figures
from napari_cellbench.training.recorder import Recorder
from napari_cellbench.training.run import EVENTS, Run
from napari_cellbench.training.status import Status


def test_tensorboard_reads_the_metrics(tmp_path, plan):
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    run = Run.create(tmp_path / "run", plan())
    with Recorder(run, Status("running")) as recorder:
        recorder.add({"step": 3, "loss": 0.5, "learning_rate": 1e-3, "memory": 1e9})
        recorder.add({"step": 3, "when": "training", "validation": {"F1": 0.75}, "each": [0.75]})
        recorder.add({"step": 6, "loss": 0.25})
    found = reader.EventAccumulator(str(run.folder / EVENTS)).Reload()
    losses = [(event.step, event.value) for event in found.Scalars("training/loss")]
    assert losses == [(3, 0.5), (6, 0.25)]
    (measured,) = found.Scalars("validation (some images)/F1")
    assert (measured.step, measured.value) == (3, 0.75)
    run.remove()
    assert not run.folder.exists()


def test_what_is_no_number_is_left_out():
    assert list(figures({"step": 1, "loss": math.nan, "seconds": 3.0})) == []
    (pair,) = figures({"step": 1, "when": "after", "replay": {"F1": 0.5}})
    assert pair == ("replay (all images)/F1", 0.5)
