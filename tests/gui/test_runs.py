"""A long run and the bar that shows it, whatever it does."""

import gc
import threading
import time
import weakref

import numpy as np
import pytest

from napari_cellbench.engine import Progress
from napari_cellbench.errors import Cancelled
from napari_cellbench.widgets.gallery.widget import GalleryWidget
from napari_cellbench.widgets.jobs.collector import hold, let_go
from napari_cellbench.widgets.jobs.long_run import LongRun, RunState
from napari_cellbench.widgets.jobs.run_bar import RunBar


class Steps(LongRun):
    """Takes a step whenever the test lets it, and ends as it is told to."""

    def __init__(self, steps: int = 2, error: Exception | None = None, keep: bool = False) -> None:
        super().__init__("cellbench-steps")
        self.steps, self.error, self.keep = steps, error, keep
        self.go = threading.Semaphore(0)

    def work(self) -> int:
        for step in range(self.steps):
            while not self.go.acquire(timeout=0.01):
                if self.stop.is_set():
                    if self.keep:
                        return step
                    raise Cancelled("Stopped.")
            self.tell(Progress((step + 1) / self.steps, "working"))
        if self.error is not None:
            raise self.error
        return self.steps


@pytest.fixture
def bar(qtbot):
    made = RunBar("Go", "Begin", "Stop")
    qtbot.addWidget(made)
    made.say("Ready.")
    return made


@pytest.fixture
def begin(qtbot, bar):
    """Return a function that starts a run, shown in the bar, and notes what it tells."""
    begun = []

    def start(run):
        run.told = []
        bar.follow(run)
        run.moved.connect(lambda status: run.told.append(status.state))
        run.returned.connect(lambda result: run.told.append(result))
        run.failed.connect(lambda error: run.told.append(error))
        run.start()
        begun.append(run)
        return run

    yield start
    let_go()
    for run in begun:
        run.close()
        qtbot.waitUntil(lambda run=run: not run.is_running)


def test_a_run_from_start_to_end(qtbot, bar, begin):
    run = begin(Steps())
    assert not bar.run_button.isEnabled()
    assert bar.cancel_button.isEnabled()
    assert (bar.status.text(), bar.bar.maximum()) == ("Starting…", 0)
    run.go.release()
    qtbot.waitUntil(lambda: bar.status.text() == "Working…")
    assert bar.bar.value() == bar.bar.maximum() // 2
    with qtbot.waitSignal(run.ended):
        run.go.release()
    assert run.told[0] is RunState.STARTING
    assert run.told[-2:] == [RunState.DONE, 2]
    assert bar.run is None
    assert bar.run_button.isEnabled()
    assert not bar.cancel_button.isEnabled()
    assert (bar.status.text(), bar.bar.value()) == ("Done.", 0)


@pytest.mark.parametrize("keep", [False, True])
def test_cancelled(qtbot, bar, begin, keep):
    run = begin(Steps(keep=keep))
    run.go.release()
    qtbot.waitUntil(lambda: bar.status.text() == "Working…")
    with qtbot.waitSignal(run.ended):
        bar.cancel_button.click()
        assert bar.status.text() == "Cancelling…"
        assert not bar.cancel_button.isEnabled()
    kept = [RunState.CANCELLED, 1] if keep else [RunState.CANCELLED]
    assert run.told[-len(kept) :] == kept
    assert RunState.STOPPING in run.told
    assert bar.status.text() == "Cancelled."
    assert bar.run_button.isEnabled()


def test_progress_that_comes_after_cancel_says_nothing(qtbot, bar, begin):
    run = begin(Steps(3))
    run.cancel()
    run.tell(Progress(1.0, "working"))
    with qtbot.waitSignal(run.ended):
        pass
    assert RunState.RUNNING not in run.told


def test_a_failure_is_told_once(qtbot, bar, begin):
    error = ValueError("no")
    run = begin(Steps(0, error))
    qtbot.waitUntil(lambda: bar.run is None)
    assert run.told == [RunState.STARTING, RunState.FAILED, error]
    assert bar.run_button.isEnabled()


def test_who_closed_it_is_told_the_end_only(qtbot, bar, begin):
    run = begin(Steps(keep=True))
    with qtbot.waitSignal(run.ended):
        run.close()
    assert run.told == [RunState.STARTING]


def test_all_are_told_the_end_though_the_first_forgets_the_run(qtbot, bar):
    told = []
    run = Steps(0)
    bar.follow(run)
    run.ended.connect(lambda: told.append("end"))
    run.start()
    del run
    qtbot.waitUntil(lambda: bar.run is None)
    assert told == ["end"]


def test_nothing_old_is_collected_once_something_has_run(qtbot, bar, begin):
    """A full collection stops the window for as long as there are objects."""
    run = begin(Steps(1))
    assert gc.get_freeze_count() > 10_000
    with qtbot.waitSignal(run.ended):
        run.go.release()
    assert gc.get_freeze_count() > 10_000
    let_go()
    assert not gc.get_freeze_count()


def test_what_is_removed_is_collected(qtbot, make_napari_viewer):
    viewer = make_napari_viewer()
    viewer.add_image(np.zeros((8, 8)))
    panel, other = GalleryWidget(viewer), GalleryWidget(viewer)
    for one in (panel, other):
        viewer.window.add_dock_widget(one)
    other.closing()
    hold()
    gone = weakref.ref(viewer.layers[0])
    viewer.layers.clear()
    assert not gc.get_freeze_count()
    qtbot.wait(50)
    gc.collect()
    assert gone() is None
    hold()
    panel.closing()
    assert not gc.get_freeze_count()


def test_what_is_not_ready_stays_so_after_a_run(qtbot, bar, begin):
    run = begin(Steps(0))
    bar.set_ready(False)
    qtbot.waitUntil(lambda: bar.run is None)
    assert not run.is_running
    assert not bar.run_button.isEnabled()
    bar.set_ready(True)
    assert bar.run_button.isEnabled()


def test_the_time_left_is_told_once_the_pace_is_known(qtbot, bar, begin, monkeypatch):
    monkeypatch.setattr("napari_cellbench.engine.time_left.SURE_AFTER", 0.05)
    run = begin(Steps(100))
    run.go.release()
    qtbot.waitUntil(lambda: bar.status.text().startswith("Working"))
    time.sleep(0.1)
    run.go.release()
    qtbot.waitUntil(lambda: bar.status.text().endswith("left"))
    assert "about" in bar.status.text()
