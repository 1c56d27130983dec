"""Measuring while a network learns: it is told, shown and kept, and changes nothing."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import tifffile

from napari_cellbench.checkpoints import get_checkpoint, resolve
from napari_cellbench.data import Instances, Sample
from napari_cellbench.errors import CellbenchError
from napari_cellbench.methods import Lesson, get_method
from napari_cellbench.training.examining import MEASURED, Best, Examiner, best, keep, some
from napari_cellbench.training.images import read_images
from napari_cellbench.training.judging import Judge
from napari_cellbench.training.recorder import Recorder
from napari_cellbench.training.run import Run
from napari_cellbench.training.showing import LARGEST, show
from napari_cellbench.training.status import Status

from .conftest import needs_torch

START = "stardist-nuclei-fluo"


def examined(tmp_path, plan, share=math.inf):
    """Train for six steps with a look after three; return the run, its images and lesson."""
    made = plan(start=START).checked()
    run = Run.create(tmp_path / "run", made)
    images = read_images(made)
    recorder = Recorder(run, Status("running", device="cpu", step=6, steps=6))
    examine = Examiner(made, images, run, recorder, share)
    start = resolve(get_checkpoint(START, "stardist"))
    lesson = Lesson(images.train, "nucleus", made.settings, run.folder / "training", start)
    get_method("stardist").train(replace(lesson, examine=examine))
    return run, images, lesson, recorder


@needs_torch
def test_a_snapshot_is_measured_shown_and_kept(tmp_path, plan):
    from safetensors.numpy import load_file

    run, images, lesson, recorder = examined(tmp_path, plan)
    (row,) = [row for row in run.metrics() if row.get("when") == "training"]
    assert row["step"] == 3
    assert set(row["validation"]) == {"AP50", "F1", "mAP", "images"}
    assert len(row["each"]) == len(images.validation) == 1

    assert best(run) == Best(3, row["validation"]["F1"], "best.safetensors")
    shown = json.loads((run.folder / "sample/sample.json").read_text())
    assert shown == {"name": images.validation[0].name, "step": 3, "F1": row["each"][0]}
    predicted = tifffile.imread(run.folder / "sample/prediction.tif")
    truth = tifffile.imread(run.folder / "sample/truth.tif")
    assert predicted.shape == truth.shape == (128, 128)
    assert predicted.max() > 0
    np.testing.assert_array_equal(truth, images.validation[0].truth["nucleus"].to_labels())

    # What isn't examined learns the same, to the last bit.
    checkpoint = get_method("stardist").train(replace(lesson, run=tmp_path / "unexamined"))
    expected = load_file(checkpoint)
    last = run.folder / "training/checkpoint.safetensors"
    trained, kept = load_file(last), load_file(last.with_name("best.safetensors"))
    for name, values in expected.items():
        np.testing.assert_array_equal(trained[name], values)
    assert any((kept[name] != expected[name]).any() for name in expected)

    # The better one becomes the run's, by figures of its own.
    keep(run, last.with_name("best.safetensors"), Best(3, 2.0, "best.safetensors"))
    last.write_bytes(_hopeless(last))
    each = Judge(run.plan, images, run, recorder).after(last)
    status = run.status()
    assert each == row["each"]
    assert status.after == row["validation"]
    assert status.checkpoint == str(last.with_name("best.safetensors"))
    assert "after 3 steps, the best" in status.notes[-1]


def _hopeless(checkpoint):
    """Return a checkpoint of the same form that finds nothing."""
    from safetensors import safe_open
    from safetensors.numpy import load_file, save

    with safe_open(checkpoint, "numpy") as file:
        metadata = file.metadata()
    return save({k: np.zeros_like(v) for k, v in load_file(checkpoint).items()}, metadata)


@needs_torch
def test_without_time_for_it_nothing_is_measured(tmp_path, plan):
    run, *_ = examined(tmp_path, plan, share=1e-6)
    assert not any(row.get("when") == "training" for row in run.metrics())
    assert best(run) is None
    assert not (run.folder / "sample").exists()


def test_a_failure_ends_the_measuring_but_not_the_run(tmp_path, plan):
    made = plan().checked()
    run = Run.create(tmp_path / "run", made)
    recorder = Recorder(run, Status("running", device="cpu"))
    examine = Examiner(made, read_images(made), run, recorder, math.inf)

    def save():
        raise CellbenchError("The disk is full.")

    examine(3, save)
    assert "The disk is full." in run.status().notes[-1]
    assert run.status().message == "Training"
    examine(6, lambda: pytest.fail("It was asked to save again."))


def test_some_images_are_spread_over_all():
    assert some([]) == []
    assert some(["a", "b"]) == ["a", "b"]
    few = some(list(range(100)))
    assert len(few) == MEASURED
    assert (few[0], few[-1]) == (0, 99)
    assert few == sorted(set(few))


def test_a_best_checkpoint_without_its_file_is_none(tmp_path, plan):
    run = Run.create(tmp_path / "run", plan().checked())
    (run.folder / "training").mkdir()
    weights = tmp_path / "weights.pth"
    weights.write_bytes(b"weights")
    keep(run, weights, Best(7, 0.5, "best.pth"))
    assert best(run) == Best(7, 0.5, "best.pth")
    assert (run.folder / "training/best.pth").read_bytes() == b"weights"
    (run.folder / "training/best.pth").unlink()
    assert best(run) is None


def test_of_a_large_image_the_middle_is_shown(tmp_path):
    side = LARGEST + 100
    labels = np.zeros((side, 40), np.int32)
    labels[side // 2, 20] = 1
    objects = Instances.from_labels(labels)
    image = labels[None].astype(np.uint8)
    sample = Sample("long", image, ("nucleus",), {"nucleus": objects})
    show(tmp_path, sample, "nucleus", objects, 5, math.nan)
    shown = tifffile.imread(tmp_path / "truth.tif")
    assert shown.shape == (LARGEST, 40)
    assert shown[LARGEST // 2, 20] == 1
    np.testing.assert_array_equal(np.squeeze(tifffile.imread(tmp_path / "image.tif")), shown)
    assert json.loads((tmp_path / "sample.json").read_text())["F1"] is None
