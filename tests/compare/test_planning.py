"""What fits into memory side by side."""

import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_cellbench.compare.planning import MARGIN, Need, Peaks, Running, may_start

GB = 10**9
ON_CPU, ON_GPU, UNKNOWN = Need(2 * GB), Need(2 * GB, GB), None
BYTES = st.integers(0, 100 * GB)
NEEDS = st.none() | st.builds(Need, BYTES, st.none() | BYTES)
RUNNING = st.lists(st.builds(Running, NEEDS, BYTES), max_size=4)


@pytest.mark.parametrize(
    ("need", "running", "available", "allowed"),
    [
        (ON_CPU, [], 0, True),
        (UNKNOWN, [], 0, True),
        (UNKNOWN, [Running(ON_CPU, 0)], 99 * GB, False),
        (ON_CPU, [Running(UNKNOWN, 0)], 99 * GB, False),
        (ON_GPU, [Running(ON_GPU, 0)], 99 * GB, False),
        (ON_GPU, [Running(ON_CPU, 0)], 99 * GB, True),
        (ON_CPU, [Running(ON_GPU, 0)], 99 * GB, True),
        (ON_CPU, [Running(ON_CPU, 0)], int(2 * MARGIN * 2 * GB), True),
        (ON_CPU, [Running(ON_CPU, 0)], int(2 * MARGIN * 2 * GB) - 1, False),
        (ON_CPU, [Running(ON_CPU, 2 * GB)], int((2 * MARGIN - 1) * 2 * GB), True),
        (ON_CPU, [Running(ON_CPU, 9 * GB)], int(MARGIN * 2 * GB), True),
        (ON_CPU, [Running(ON_CPU, 9 * GB)], int(MARGIN * 2 * GB) - 1, False),
    ],
)
def test_may_start(need, running, available, allowed):
    assert may_start(need, running, available) is allowed


@given(NEEDS, RUNNING, BYTES)
def test_something_always_runs_and_memory_is_never_overcommitted(need, running, available):
    if not running:
        assert may_start(need, running, available)
    elif may_start(need, running, available):
        rest = sum(max(0, run.need.memory - run.resident) for run in running)
        assert need.memory + rest <= available


def test_peaks_are_remembered(tmp_path):
    peaks = Peaks(tmp_path / "results")
    assert peaks.need("stardist", 100) is None
    peaks.note("stardist", 1000, Need(5, None))
    peaks.note("stardist", 2000, Need(9, 4))
    again = Peaks(tmp_path / "results")
    assert again.need("stardist", 1) == again.need("stardist", 1000) == Need(5)
    assert again.need("stardist", 1001) == Need(9, 4)
    assert again.need("stardist", 2001) is None
    assert again.need("cellpose", 1000) is None


def test_the_largest_counts(tmp_path):
    peaks = Peaks(tmp_path)
    for memory in (5, 8, 3):
        peaks.note("stardist", 1000, Need(memory))
    assert peaks.need("stardist", 1000) == Need(8)


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', '{"a": {"x": 1}}', '{"a": {"1": [2]}}'])
def test_damaged_file_is_forgotten(tmp_path, text):
    (tmp_path / "peaks.json").write_text(text)
    peaks = Peaks(tmp_path)
    assert peaks.need("a", 1) is None
    peaks.note("a", 1, Need(7))
    assert peaks.need("a", 1) == Need(7)


def test_folder_that_can_not_be_made(tmp_path):
    (tmp_path / "file").touch()
    peaks = Peaks(tmp_path / "file")
    peaks.note("a", 1, Need(7))
    assert peaks.need("a", 1) is None


def test_two_processes_at_once(tmp_path):
    script = """
import sys
from pathlib import Path
from napari_cellbench.compare.planning import Need, Peaks
for i in range(20):
    Peaks(Path(sys.argv[1])).note(sys.argv[2], i, Need(i))
"""
    names = ("one", "other")
    both = [
        threading.Thread(
            target=subprocess.run,
            args=([sys.executable, "-c", script, str(tmp_path), name],),
            kwargs={"check": True},
        )
        for name in names
    ]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    for name in names:
        assert [Peaks(tmp_path).need(name, i) for i in range(20)] == [Need(i) for i in range(20)]
