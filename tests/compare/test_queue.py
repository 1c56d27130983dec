"""The queue, with real worker processes."""

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

from napari_cellbench.compare import Queue, ResultCache, State
from napari_cellbench.data.source import Plane, Source
from napari_cellbench.engine import Entry
from napari_cellbench.engine.client.process import GRACE
from napari_cellbench.errors import EngineError

from ..left_overs import still_running
from .conftest import wait_until

NUCLEUS = ("nucleus",)
WATERSHED = Entry("watershed")
GREED = 200_000_000
"""Bytes that the greedy method takes."""


class Seen:
    """News of a run in another thread."""

    def __init__(self, queue, planes, entries, **options):
        self.news, self.statuses = [], []
        self.cancel = threading.Event()

        def changed(index, status):
            self.news.append((index, status))

        def run():
            options.setdefault("changed", changed)
            self.statuses += queue.run(planes, NUCLEUS, entries, cancel=self.cancel, **options)

        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()

    def wait_for(self, index, state, message=""):
        """Wait until an entry is in a state."""
        wait_until(
            lambda: any(
                i == index and status.state is state and message in status.message
                for i, status in list(self.news)
            )
        )

    def join(self):
        self.thread.join(60)
        assert not self.thread.is_alive()
        return [status.state for status in self.statuses]


def pids():
    """Return the ids of this process's own children, which don't count those of workers."""
    return {child.pid for child in psutil.Process().children()}


def test_results_come_as_they_are_done(queue, source):
    pytest.importorskip("stardist")
    entries = [WATERSHED, Entry("stardist", "stardist-nuclei-fluo", device="cpu")]
    news = []
    statuses = queue.run(
        [source], NUCLEUS, entries, "spots", lambda i, status: news.append((i, status))
    )
    assert [status.state for status in statuses] == [State.DONE] * 2
    for index, status in enumerate(statuses):
        states = [s.state for i, s in news if i == index]
        assert states[:2] == [State.WAITING, State.RUNNING]
        assert states[-1] is State.DONE
        fractions = [s.fraction for i, s in news if i == index]
        assert fractions == sorted(fractions)
        outcome = status.outcome
        (plane,) = outcome.planes
        assert len(plane.instances) == plane.provenance["n_objects"] > 0
        assert plane.provenance["image"] == "spots"
        assert outcome.seconds == plane.provenance["seconds"]
        assert outcome.peak_memory == plane.provenance["peak_memory"] > 10_000_000
        assert outcome.peak_gpu_memory is None
        assert not outcome.cached
    assert len(statuses[0].outcome.planes[0].instances) == 6
    done = [index for index, status in news if status.state is State.DONE]
    second = next(n for n, (i, s) in enumerate(news) if (i, s.state) == (1, State.RUNNING))
    assert done == [0, 1]
    assert news.index((0, statuses[0])) < second


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
def test_failures_do_not_stop_the_rest(queue, source, misbehave):
    failing = [
        (misbehave("exit"), "ended unexpectedly (exit code 7)"),
        (misbehave("segfault"), "SIGSEGV"),
        (misbehave("fail"), "the model has no such layer"),
        (misbehave("memory_error"), "ran out of memory"),
        (misbehave("gpu_memory"), "ran out of memory"),
        (misbehave("wrong_shape"), "The method failed"),
        (Entry("magic"), "No method 'magic'"),
        (Entry("watershed", parameters={"diameter": -1}), "must be between"),
        (Entry("watershed", "stardist-nuclei-fluo"), "takes no checkpoint"),
        (Entry("stardist", "/gone/model.zip"), "no file '/gone/model.zip'"),
    ]
    entries = [*(entry for entry, _ in failing), WATERSHED, misbehave("well")]
    statuses = queue.run([source], NUCLEUS, entries)
    for status, (_, message) in zip(statuses, failing, strict=False):
        assert status.state is State.FAILED
        assert message in status.message
        assert status.outcome is None
    assert [status.state for status in statuses[-2:]] == [State.DONE] * 2


def test_missing_package(queue, source, misbehave, monkeypatch):
    from napari_cellbench.methods.registry import get_method

    monkeypatch.setattr(type(get_method("misbehaving")), "requires", ("no_such_package",))
    failed, done = queue.run([source], NUCLEUS, [misbehave("well"), WATERSHED])
    assert failed.state is State.FAILED
    assert "Misbehaving needs no_such_package: run  pip install no_such_package" in failed.message
    assert done.state is State.DONE


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
def test_worker_that_the_system_kills(queue, source, misbehave):
    before = pids()
    seen = Seen(queue, [source], [misbehave("deaf", 60), misbehave("well")])
    seen.wait_for(0, State.RUNNING, "Segmenting")
    (first,) = pids() - before
    os.kill(first, signal.SIGKILL)
    assert seen.join() == [State.FAILED, State.DONE]
    assert "for want of memory" in seen.statuses[0].message
    (second,) = pids() - before
    assert second != first


def test_nothing_found(queue):
    (status,) = queue.run([Source.of(np.zeros((1, 40, 50), np.uint8))], NUCLEUS, [WATERSHED])
    assert status.state is State.DONE
    assert len(status.outcome.planes[0].instances) == 0


def test_no_entries_and_no_planes(queue, source):
    assert queue.run([source], NUCLEUS, []) == []
    (status,) = queue.run([], NUCLEUS, [WATERSHED])
    assert status.outcome.planes == ()


@pytest.mark.parametrize("how", ["slow", "deaf"])
def test_cancel_one(queue, source, misbehave, how):
    entries = [misbehave(how, 60), misbehave("slow", 61), WATERSHED]
    seen = Seen(queue, [source], entries)
    seen.wait_for(0, State.RUNNING, "Segmenting")
    started = time.monotonic()
    queue.cancel_entry(1)
    seen.wait_for(1, State.CANCELLED)
    queue.cancel_entry(0)
    seen.wait_for(0, State.CANCELLED)
    assert time.monotonic() - started < 3 * GRACE
    assert seen.join() == [State.CANCELLED, State.CANCELLED, State.DONE]
    queue.cancel_entry(0)


def test_cancel_all(queue, source, misbehave):
    seen = Seen(queue, [source], [WATERSHED, misbehave("deaf", 60), misbehave("slow", 60)])
    seen.wait_for(1, State.RUNNING, "Segmenting")
    started = time.monotonic()
    seen.cancel.set()
    assert seen.join() == [State.DONE, State.CANCELLED, State.CANCELLED]
    assert time.monotonic() - started < 3 * GRACE


def test_cancelled_before_it_began(queue, source):
    cancel = threading.Event()
    cancel.set()
    before = pids()
    (status,) = queue.run([source], NUCLEUS, [WATERSHED], cancel=cancel)
    assert status.state is State.CANCELLED
    assert pids() == before


def test_release_during_a_run(queue, source, misbehave):
    before = pids()
    seen = Seen(queue, [source], [misbehave("deaf", 60), WATERSHED])
    seen.wait_for(0, State.RUNNING, "Segmenting")
    started = time.monotonic()
    queue.release()
    assert time.monotonic() - started < 3 * GRACE
    assert pids() == before
    assert seen.join() == [State.CANCELLED, State.CANCELLED]
    assert queue.run([source], NUCLEUS, [WATERSHED])[0].state is State.DONE


def test_one_run_at_a_time(queue, source, misbehave):
    seen = Seen(queue, [source], [misbehave("slow", 60)])
    seen.wait_for(0, State.RUNNING)
    with pytest.raises(EngineError, match="is running"):
        queue.run([source], NUCLEUS, [WATERSHED])
    seen.cancel.set()
    assert seen.join() == [State.CANCELLED]


def test_cached_results_start_no_process(make_queue, source, misbehave):
    entries = [WATERSHED, misbehave("overlapping")]
    first = make_queue()
    made = first.run([source], NUCLEUS, entries, "before")
    first.release()
    before = pids()
    again = make_queue().run([source], NUCLEUS, entries, "after")
    assert pids() == before
    for one, other in zip(made, again, strict=True):
        assert other.state is State.DONE
        assert other.outcome.cached
        (old,), (new,) = one.outcome.planes, other.outcome.planes
        np.testing.assert_array_equal(old.instances.to_labels(), new.instances.to_labels())
        assert old.instances.masks == new.instances.masks
        assert new.provenance == old.provenance | {"image": "after"}
        assert other.outcome.seconds == one.outcome.seconds
        assert other.outcome.peak_memory == one.outcome.peak_memory


def test_what_has_changed_is_run_again(queue, source):
    queue.run([source], NUCLEUS, [WATERSHED])
    other = Source.of(np.asarray(source.planes[0].data) + 1)
    defaults = replace(WATERSHED, parameters={"diameter": 20}, name="mine")
    assert queue.run([source], NUCLEUS, [defaults])[0].outcome.cached
    changed = replace(WATERSHED, parameters={"diameter": 21})
    assert not queue.run([source], NUCLEUS, [changed])[0].outcome.cached
    assert not queue.run([source], ("phase",), [WATERSHED])[0].outcome.cached
    assert not queue.run([other], NUCLEUS, [WATERSHED])[0].outcome.cached
    cropped = replace(source, region=(slice(0, 64), slice(0, 64)))
    assert not queue.run([cropped], NUCLEUS, [WATERSHED])[0].outcome.cached


def test_planes_are_resumed(queue, source, misbehave):
    planes = [Source.of(np.asarray(source.planes[0].data) + i) for i in range(3)]
    first = queue.run(planes[:2], NUCLEUS, [WATERSHED])[0].outcome
    news = []
    second = queue.run(planes, NUCLEUS, [WATERSHED], changed=lambda i, s: news.append(s))
    outcome = second[0].outcome
    assert not outcome.cached
    ran = {status.message.split(":")[0] for status in news if "plane" in status.message}
    assert ran == {"plane 3 of 3"}
    records = [plane.provenance for plane in outcome.planes]
    assert records[:2] == [plane.provenance for plane in first.planes]
    assert outcome.seconds == pytest.approx(sum(record["seconds"] for record in records))
    assert outcome.peak_memory == max(record["peak_memory"] for record in records)


def test_planes_until_a_cancel_are_kept(queue, source, misbehave):
    planes = [Source.of(np.asarray(source.planes[0].data) + i) for i in range(3)]
    slow = misbehave("slow", 0.5)
    seen = Seen(queue, planes, [slow])
    seen.wait_for(0, State.RUNNING, "plane 2 of 3: Segmenting")
    seen.cancel.set()
    assert seen.join() == [State.CANCELLED]
    assert queue.run(planes[:1], NUCLEUS, [slow])[0].outcome.cached


def test_image_that_can_not_be_read(queue):
    class Lost:
        shape, dtype = (20, 20), np.dtype(np.uint8)

        def __getitem__(self, window):
            raise OSError("the disk is gone")

    before = pids()
    statuses = queue.run([Source((Plane(Lost()),))], NUCLEUS, [WATERSHED, Entry("magic")])
    assert [status.state for status in statuses] == [State.FAILED] * 2
    assert statuses[0].message == "The image can't be read: OSError: the disk is gone"
    assert pids() == before


def test_cache_that_can_not_be_written(source, tmp_path):
    (tmp_path / "file").touch()
    queue = Queue(ResultCache(tmp_path / "file"))
    (status,) = queue.run([source], NUCLEUS, [WATERSHED])
    queue.release()
    assert status.state is State.DONE
    assert "can't be kept" in status.message


def test_peak_memory_is_of_the_entry(queue, source, misbehave):
    """Whatever ran before in the same queue."""
    entries = [misbehave("well"), misbehave("greedy", 0.2), misbehave("chatter"), WATERSHED]
    well, greedy, chatter, watershed = (
        status.outcome.peak_memory for status in queue.run([source], NUCLEUS, entries)
    )
    assert well + 0.9 * GREED < greedy < well + 1.2 * GREED
    assert chatter < well + 0.2 * GREED
    queue.release()
    changed = replace(WATERSHED, parameters={"diameter": 19})
    (alone,) = queue.run([source], NUCLEUS, [changed])
    assert abs(watershed - alone.outcome.peak_memory) < 0.1 * GREED


def test_same_model_is_loaded_once(queue, source, misbehave):
    before = pids()
    seen = Seen(queue, [source], [misbehave("well"), WATERSHED, misbehave("slow", 1)])
    seen.wait_for(0, State.DONE)
    first = pids() - before
    seen.wait_for(2, State.RUNNING, "Segmenting")
    assert pids() - before == first
    assert seen.join() == [State.DONE] * 3
    done = [index for index, status in seen.news if status.state is State.DONE]
    assert done == [0, 2, 1]
    assert len(pids() - before) == 1


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="needs two processors")
def test_several_at_once_once_they_are_measured(make_queue, source, misbehave):
    entries = [misbehave("slow", 1 + i / 10) for i in range(3)]
    running, most = set(), {}

    def changed(index, status):
        if status.state is State.RUNNING:
            running.add(index)
        else:
            running.discard(index)
        most[index] = max(most.get(index, 0), len(running))

    statuses = make_queue(workers=2).run([source], NUCLEUS, entries, changed=changed)
    assert [status.state for status in statuses] == [State.DONE] * 3
    assert most == {0: 1, 1: 2, 2: 2}


def test_results_survive_a_sudden_end(source, misbehave, cache, make_queue, tmp_path):
    """The program ends in the middle; what was done is there at the next start."""
    pid = end_in_the_middle(cache.folder, tmp_path, "os._exit(0)")
    assert not still_running([pid])
    (status,) = make_queue().run([source], NUCLEUS, [WATERSHED])
    assert status.outcome.cached


@pytest.mark.parametrize("daemon", [True, False])
def test_interpreter_ends_in_the_middle(with_misbehaving, cache, tmp_path, daemon):
    """It waits for nothing, and leaves no process behind."""
    started = time.monotonic()
    pid = end_in_the_middle(cache.folder, tmp_path, "sys.exit(0)", daemon)
    assert time.monotonic() - started < 60
    assert not still_running([pid])
    assert {path.suffix for path in cache.folder.iterdir()} <= {".npz", ".json", ".lock"}


def end_in_the_middle(folder: Path, tmp_path: Path, how: str, daemon: bool = True) -> int:
    """Run a queue in a program that ends while a second entry runs; return the worker's id."""
    script = tmp_path / "ends.py"
    script.write_text(f"""
import os, sys, threading
from pathlib import Path
import numpy as np
import psutil
from napari_cellbench.compare import Queue, ResultCache
from napari_cellbench.engine import Entry
from napari_cellbench.data.source import Source

running = threading.Event()

def changed(index, status):
    if index == 1 and status.message == "Segmenting":
        running.set()

y, x = np.indices((64, 96))
source = Source.of(np.where(np.hypot(y % 32 - 16, x % 32 - 16) < 8, 900, 50)[None])
deaf = Entry("misbehaving", parameters={{"how": "deaf", "seconds": 600.0}})
entries = [Entry("watershed"), deaf, Entry("watershed", parameters={{"diameter": 30}})]
queue = Queue(ResultCache(Path(sys.argv[1])))
run = threading.Thread(
    target=queue.run, args=([source], ("nucleus",), entries, "", changed), daemon={daemon}
)
run.start()
assert running.wait(60)
children = psutil.Process().children()
(worker,) = [c for c in children if "resource_tracker" not in " ".join(c.cmdline())]
print(worker.pid, flush=True)
{how}
""")
    command = [sys.executable, str(script), str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "Traceback" not in ended.stderr
    return int(ended.stdout)
