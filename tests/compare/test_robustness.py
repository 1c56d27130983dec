"""Methods on degraded images, with real worker processes."""

import csv
import io
import os
import threading
from pathlib import Path

import numpy as np
import pytest

from napari_cellbench.compare import State
from napari_cellbench.compare.cache import ResultCache
from napari_cellbench.compare.queue import Queue
from napari_cellbench.compare.robustness import OWN_RESULT, to_csv
from napari_cellbench.compare.robustness_run import RobustnessRun, Subject
from napari_cellbench.compare.tabulate import Truth
from napari_cellbench.data import Instances
from napari_cellbench.data.degradations import degrade
from napari_cellbench.data.resampling import resize_objects
from napari_cellbench.data.samples import demo_sample
from napari_cellbench.data.sizes import median_diameter
from napari_cellbench.data.source import Source
from napari_cellbench.engine import Engine, Entry, Request, segment
from napari_cellbench.errors import InputError
from napari_cellbench.methods.registry import methods
from napari_cellbench.scoring import score

WATERSHED = Entry("watershed", parameters={"diameter": 20.0})


@pytest.fixture
def queue(tmp_path):
    """A queue with a cache of its own."""
    queue = Queue(ResultCache(tmp_path / "results"))
    yield queue
    queue.release()


@pytest.fixture(scope="module")
def nuclei() -> Subject:
    """A part of the real image with its truth."""
    pytest.importorskip("stardist")
    sample = demo_sample()
    labels = sample.truth["nucleus"].to_labels()[:200, :200].copy()
    truth = Truth("by hand", (Instances.from_labels(labels),))
    return Subject(Source.of(sample.image[:, :200, :200]), sample.roles, truth, "nuclei")


@pytest.fixture
def picky(tmp_path, monkeypatch):
    """Install the method `picky` for this process and its workers."""
    package = tmp_path / "site" / "picky-1.0.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: picky\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[napari_cellbench.methods]\npicky = picky:Picky\n")
    paths = [str(Path(__file__).parent), str(package.parent)]
    for path in paths:
        monkeypatch.syspath_prepend(path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([*paths, os.environ.get("PYTHONPATH", "")]))
    methods.cache_clear()
    yield
    methods.cache_clear()


def test_scores_are_those_of_the_methods_on_the_degraded_images(queue, nuclei):
    levels = {"blur": (4.0,), "cell_size": (12.0,)}
    stardist = Entry("stardist", "stardist-nuclei-fluo", device="cpu")
    measured = RobustnessRun(queue, nuclei, [WATERSHED, stardist], levels).run()
    assert measured.reference == "by hand"
    truth = nuclei.truth.planes[0]
    assert measured.diameter == median_diameter(truth)
    assert len(measured.measurements) == 2 * 3
    image = np.stack([plane.data[plane.leading[0]] for plane in nuclei.source.planes])
    engine = Engine()
    try:
        for kind, level in [("", 0.0), ("blur", 4.0), ("cell_size", 12.0)]:
            worse = degrade(image, kind, level, diameter=measured.diameter) if kind else image
            request = Request.of(Source.of(worse), nuclei.roles, WATERSHED)
            found = segment(engine, request).instances
            expected = score(resize_objects(truth, worse.shape[1:]), found)
            (one,) = (
                m for m in measured.measurements if (m.entry, m.kind, m.level) == (0, kind, level)
            )
            assert (one.state, one.count, one.score) == (State.DONE, len(found), expected)
    finally:
        engine.release()
    clean, blurred = measured.of(1, "blur")
    assert clean.score.f1[0] > 0.8
    assert clean.score.f1[0] > blurred.score.f1[0]


def test_second_time_comes_from_the_cache(queue, nuclei):
    first = RobustnessRun(queue, nuclei, [WATERSHED], {"poisson": (2.5,)}).run()
    again = []
    original = queue.run

    def spying(*arguments):
        statuses = original(*arguments)
        again.extend(status.outcome.cached for status in statuses)
        return statuses

    queue.run = spying
    second = RobustnessRun(queue, nuclei, [WATERSHED], {"poisson": (2.5,)}).run()
    assert again == [True, True]
    assert [m.score for m in first.measurements] == [m.score for m in second.measurements]


def test_without_truth_each_method_is_its_own_reference(queue, nuclei):
    blind = Subject(nuclei.source, nuclei.roles, None, "nuclei")
    measured = RobustnessRun(
        queue, blind, [WATERSHED], {"blur": (8.0,), "cell_size": (15.0,)}
    ).run()
    clean, blurred = measured.of(0, "blur")
    assert measured.reference == OWN_RESULT
    assert clean.score.f1[0] == 1
    assert blurred.score.f1[0] < 1
    assert blurred.score.n_truth == clean.count
    assert measured.diameter > 10


def test_goes_on_after_a_level_that_fails(queue, nuclei, picky):
    levels = {"cell_size": (10.0, 60.0, 15.0), "channel_order": (1.0,), "blur": (2.0,)}
    measured = RobustnessRun(queue, nuclei, [Entry("picky"), WATERSHED], levels).run()
    states = {(m.entry, m.kind, m.level): m.state for m in measured.measurements}
    assert len(states) == 2 * 6
    failed = {key for key, state in states.items() if state is State.FAILED}
    assert failed == {(0, "cell_size", 60.0), (0, "channel_order", 1.0), (1, "channel_order", 1.0)}
    assert "Picky, Cell size 60: This image is too large for me." in measured.failures()
    assert any("there is no order to change" in text for text in measured.failures())
    assert [m.level for m in measured.of(1, "cell_size")] == [10, 15, 0, 60]


def test_cancel_keeps_what_was_measured(queue, nuclei):
    cancel = threading.Event()
    seen = []

    def measured(robustness):
        seen.append(robustness)
        if len(robustness.measurements) == 2:
            cancel.set()

    levels = {"blur": (2.0,), "poisson": (5.0, 2.5)}
    progress = []
    run = RobustnessRun(
        queue, nuclei, [WATERSHED], levels, progress=progress.append, measured=measured
    )
    result = run.run(cancel)
    assert [m.kind for m in result.measurements] == ["", "blur"]
    assert not result.failures()
    fractions = [one.fraction for one in progress]
    assert fractions == sorted(fractions)
    assert 0 <= min(fractions) <= max(fractions) < 1


def test_table_has_every_measurement(queue, nuclei):
    levels = {"downsampling": (5.0,), "channel_order": (1.0,)}
    measured = RobustnessRun(queue, nuclei, [WATERSHED], levels).run()
    clean, coarse, order = csv.DictReader(io.StringIO(to_csv(measured)))
    assert (clean["Degradation"], clean["Level"]) == ("Clean image", "")
    assert (coarse["Degradation"], coarse["Level"], coarse["Level is"]) == (
        "Downsampling",
        "5.0",
        "Factor",
    )
    assert float(coarse["F1@.5"]) == measured.of(0, "downsampling")[1].score.f1[0]
    assert coarse["Scored against"] == "by hand"
    assert (order["F1@.5"], order["State"]) == ("", "failed")
    assert "one channel" in order["Reason"]


def test_needs_a_method(queue, nuclei):
    with pytest.raises(InputError, match="at least one method"):
        RobustnessRun(queue, nuclei, [], {"blur": (2.0,)})
