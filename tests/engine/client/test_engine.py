"""Runs in real worker processes."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from napari_cellbench.data import Instances
from napari_cellbench.data.source import Plane, Source
from napari_cellbench.engine import Job, Progress
from napari_cellbench.engine.client import process
from napari_cellbench.engine.client.process import GRACE
from napari_cellbench.errors import Cancelled, EngineError, InputError

GREED = 200_000_000
"""Bytes that the greedy method takes."""
WATERSHED = Job("watershed", ("nucleus",))
SMALL = Source.of(np.zeros((1, 64, 64), np.uint8))


def spots(shape=(96, 128), spacing=32, dtype=np.uint16):
    """An image of bright discs on a grid, which anybody can segment."""
    y, x = np.indices(shape)
    away = np.hypot(y % spacing - spacing / 2, x % spacing - spacing / 2)
    return np.where(away < spacing / 4, 100, 10).astype(dtype)[None]


def test_watershed(engine):
    seen: list[Progress] = []
    result = engine.run(Source.of(spots()), WATERSHED, seen.append)
    assert len(result.instances) == 12
    assert (result.device, result.tiles, result.sha256) == ("cpu", 1, "")
    assert result.seconds > 0
    assert result.versions["python"] == sys.version.split()[0]
    assert {"napari-cellbench", "numpy", "scikit-image"} <= set(result.versions)
    fractions = [progress.fraction for progress in seen]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0, 1)


def test_process_is_kept(engine, misbehave):
    assert engine.pid is None
    engine.run(SMALL, misbehave("well"))
    first = engine.pid
    engine.run(SMALL, misbehave("well"))
    assert engine.pid == first


def test_release_ends_the_process(engine, misbehave, is_running):
    engine.run(SMALL, misbehave("well"))
    pid = engine.pid
    engine.release()
    assert not is_running(pid)
    assert engine.pid is None
    engine.release()
    engine.run(SMALL, misbehave("well"))
    assert engine.pid != pid


def test_process_ends_when_idle(engine, misbehave, is_running):
    engine._idle_seconds = 0.2
    engine.run(SMALL, misbehave("well"))
    pid = engine.pid
    deadline = time.monotonic() + 20
    while is_running(pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    engine.run(SMALL, misbehave("well"))


def test_cancel_before_start(engine, misbehave):
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        engine.run(SMALL, misbehave("well"), cancel=cancel)


@pytest.mark.parametrize("how", ["slow", "deaf"])
def test_cancel_answers_in_time(engine, how, misbehave, is_running):
    engine.run(SMALL, misbehave("well"))
    pid = engine.pid
    thread, outcome = in_thread(engine, misbehave(how, seconds=10))
    outcome.wait_until_predicting()
    started = time.monotonic()
    outcome.cancel.set()
    thread.join()
    assert isinstance(outcome.error, Cancelled)
    # The worker is asked first; a method that listens keeps its model.
    assert is_running(pid) is (how == "slow")
    assert time.monotonic() - started < 2 * GRACE
    assert len(engine.run(SMALL, misbehave("well")).instances) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
def test_killed_worker(engine, misbehave):
    engine.run(SMALL, misbehave("well"))
    thread, outcome = in_thread(engine, misbehave("deaf", seconds=10))
    outcome.wait_until_predicting()
    os.kill(engine.pid, signal.SIGKILL)
    thread.join()
    assert isinstance(outcome.error, EngineError)
    assert "killed, perhaps for want of memory" in str(outcome.error)
    assert len(engine.run(SMALL, misbehave("well")).instances) == 1


def test_release_during_a_run(engine, misbehave):
    engine.run(SMALL, misbehave("well"))
    thread, outcome = in_thread(engine, misbehave("deaf", seconds=10))
    outcome.wait_until_predicting()
    engine.release()
    thread.join()
    assert isinstance(outcome.error, EngineError)
    assert len(engine.run(SMALL, misbehave("well")).instances) == 1


def test_one_run_at_a_time(engine, misbehave):
    thread, outcome = in_thread(engine, misbehave("deaf", seconds=1))
    outcome.wait_until_predicting()
    with pytest.raises(EngineError, match="under way"):
        engine.run(SMALL, misbehave("well"))
    thread.join()
    assert outcome.error is None


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("exit", r"exit code 7"),
        ("fail", "The method failed: KeyError: 'the model has no such layer'"),
        ("memory_error", "ran out of memory"),
        ("gpu_memory", "ran out of memory.*2.00 GiB"),
        ("wrong_shape", "The method failed: .*shape"),
    ],
)
def test_failing_method(engine, how, message, misbehave):
    with pytest.raises(EngineError, match=message):
        engine.run(SMALL, misbehave(how))
    assert len(engine.run(SMALL, misbehave("well")).instances) == 1


def test_traceback_is_kept(engine, misbehave):
    with pytest.raises(EngineError) as caught:
        engine.run(SMALL, misbehave("fail"))
    assert 'raise KeyError("the model has no such layer")' in caught.value.details


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
def test_native_crash(engine, misbehave):
    with pytest.raises(EngineError, match="SIGSEGV") as caught:
        engine.run(SMALL, misbehave("segfault"))
    assert "in segfault" in caught.value.details
    assert len(engine.run(SMALL, misbehave("well")).instances) == 1


def test_printing_does_no_harm(engine, misbehave):
    seen: list[Progress] = []
    assert len(engine.run(SMALL, misbehave("chatter"), seen.append).instances) == 1
    assert {1 / 3, 2 / 3} <= {progress.fraction for progress in seen}


def test_peak_memory_is_of_the_run(engine, misbehave):
    before = engine.run(SMALL, misbehave("well")).peak_memory
    greedy = engine.run(SMALL, misbehave("greedy", seconds=0.2)).peak_memory
    after = engine.run(SMALL, misbehave("well"))
    assert before + 0.9 * GREED < greedy < before + 1.2 * GREED
    assert after.peak_memory < before + 0.2 * GREED
    assert after.peak_gpu_memory is None


def test_overlapping_masks_arrive_exactly(engine, misbehave):
    from misbehaving import overlapping_discs

    found = engine.run(SMALL, misbehave("overlapping")).instances
    sent = overlapping_discs((64, 64))
    assert found.masks == sent.masks
    np.testing.assert_array_equal(found.scores, sent.scores)


@pytest.mark.parametrize(
    ("job", "message"),
    [
        (Job("magic", ("nucleus",)), "No method 'magic'"),
        (Job("watershed", ("nucleus",), parameters={"diametre": 3}), "No parameter 'diametre'"),
        (Job("watershed", ("nucleus",), parameters={"diameter": -3}), "must be between"),
    ],
)
def test_wrong_job(engine, job, message):
    with pytest.raises(InputError, match=message):
        engine.run(SMALL, job)


def test_unknown_device(engine, tmp_path):
    pytest.importorskip("torch")
    file = tmp_path / "any.h5"
    file.touch()
    with pytest.raises(InputError, match="abacus"):
        engine.run(SMALL, Job("stardist", ("nucleus",), file, device="abacus"))


def test_interpreter_that_is_not_there(engine, tmp_path):
    with pytest.raises(EngineError, match="can't be started"):
        engine.run(SMALL, replace(WATERSHED, python=tmp_path / "python"))
    assert engine.pid is None


def test_files_where_napari_was_started_are_not_imported(engine, tmp_path, monkeypatch, misbehave):
    (tmp_path / "numpy.py").write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(tmp_path)
    assert len(engine.run(SMALL, misbehave("well")).instances) == 1


def test_interpreter_ends_in_spite_of_a_worker(is_running):
    """Whoever forgets to release the engine isn't kept waiting."""
    script = """
import numpy as np
from napari_cellbench.data.source import Plane, Source
from napari_cellbench.engine import Engine, Job
engine = Engine()
engine.run(Source.of(np.zeros((1, 8, 8))), Job("watershed", ("nucleus",)))
print(engine.pid)
"""
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True
    )
    deadline = time.monotonic() + 20
    while is_running(int(run.stdout)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert run.stderr == ""


@pytest.mark.parametrize("error", [KeyError(), ZeroDivisionError(), OSError(5, "I/O error")])
def test_image_that_cannot_be_read_is_said(engine, error):
    with pytest.raises(InputError, match=f"The image can't be read: {type(error).__name__}"):
        engine.run(Source((Plane(Unreadable(error)),)), WATERSHED)


def test_memory_error_of_the_image_stays_what_it_is(engine):
    with pytest.raises(MemoryError):
        engine.run(Source((Plane(Unreadable(MemoryError())),)), WATERSHED)


@pytest.mark.parametrize("where", ["image", "model", "a child's pipe"])
def test_cancel_answers_in_time_wherever_it_blocks(engine, where, misbehave, monkeypatch):
    source, job, goes_on = SMALL, misbehave("well"), threading.Event()
    if where == "image":
        source = Source((Plane(Unreadable(goes_on)),))
    elif where == "model":
        monkeypatch.setenv("MISBEHAVING_LOADS", "60")
    else:
        job = misbehave("parent", seconds=60)
    thread, outcome = in_thread(engine, job, source)
    time.sleep(5)
    assert thread.is_alive()
    started = time.monotonic()
    outcome.cancel.set()
    thread.join()
    assert time.monotonic() - started < 2 * GRACE
    assert isinstance(outcome.error, Cancelled)
    goes_on.set()
    monkeypatch.setenv("MISBEHAVING_LOADS", "0")
    assert len(engine.run(SMALL, misbehave("well")).instances) == 1


def test_model_that_never_loads_is_given_up(engine, misbehave, monkeypatch):
    """HDF5 itself doesn't return from some damaged files."""
    monkeypatch.setenv("MISBEHAVING_LOADS", "120")
    monkeypatch.setattr(process, "LOADING", 3.0)
    with pytest.raises(EngineError, match=r"wasn't loaded after 3 seconds.*may be damaged"):
        engine.run(SMALL, misbehave("well"))
    assert engine.pid is None


def test_end_of_a_worker_is_seen_though_nobody_tells(engine, misbehave, monkeypatch):
    monkeypatch.setattr("appose.service.Task._crash", lambda *_: None)
    with pytest.raises(EngineError, match="exit code 7"):
        engine.run(SMALL, misbehave("exit"))


def test_finished_run_outlasts_shared_memory_that_stays(engine, misbehave, monkeypatch, caplog):
    from multiprocessing.shared_memory import SharedMemory

    unlink, blocks = SharedMemory.unlink, []

    def refuse(block) -> None:
        blocks.append(block)
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(SharedMemory, "unlink", refuse)
    assert len(engine.run(SMALL, misbehave("well")).instances) == 1
    assert "can't be given back yet" in caplog.text
    for block in blocks:
        unlink(block)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
def test_nothing_is_left_of_a_program_that_is_killed(tmp_path, with_misbehaving):
    """No worker, no tracker of Python's, no shared memory and no temporary file."""
    script = """
import os, sys, threading
import numpy as np
from napari_cellbench.data.source import Plane, Source
from napari_cellbench.engine import Engine, Job
from multiprocessing import resource_tracker
engine = Engine()
small = Source.of(np.zeros((1, 64, 64)))
engine.run(small, Job("watershed", ("nucleus",)))
job = Job("misbehaving", ("nucleus",), parameters={"how": "deaf", "seconds": 60.0})
def say(progress):
    if progress.message == "Segmenting":
        blocks = [name for name in os.listdir("/dev/shm") if name in open("/proc/self/maps").read()]
        print(engine.pid, resource_tracker._resource_tracker._pid, *blocks, flush=True)
engine.run(small, job, say)
"""
    program = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    worker, tracker, *blocks = program.stdout.readline().split()
    children = psutil.Process(program.pid).children(recursive=True)
    assert {child.pid for child in children} == {int(worker), int(tracker)}
    assert len(blocks) == 2
    program.kill()
    program.wait()
    program.stdout.close()
    _, alive = psutil.wait_procs(children, timeout=20)
    assert not alive
    assert not [name for name in blocks if Path("/dev/shm", name).exists()]
    assert not list(tmp_path.glob("appose*"))


class Unreadable:
    """An array that fails when it is read, or blocks until an event."""

    shape, dtype = (64, 64), np.dtype(np.uint8)

    def __init__(self, how: Exception | threading.Event) -> None:
        self._how = how

    def __getitem__(self, index):
        if isinstance(self._how, Exception):
            raise self._how
        self._how.wait(60)
        return np.zeros(self.shape, self.dtype)[index]


class Outcome:
    """What came of a run in another thread."""

    def __init__(self):
        self.cancel = threading.Event()
        self.result: Instances | None = None
        self.error: Exception | None = None
        self.predicting = threading.Event()

    def progress(self, progress):
        if progress.message.startswith("Segmenting"):
            self.predicting.set()

    def wait_until_predicting(self):
        assert self.predicting.wait(60)
        # The first report comes just before the worker is asked.
        time.sleep(0.3)


def in_thread(engine, job, source=SMALL):
    outcome = Outcome()

    def run():
        try:
            result = engine.run(source, job, outcome.progress, outcome.cancel)
            outcome.result = result.instances
        except Exception as error:
            outcome.error = error

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcome
