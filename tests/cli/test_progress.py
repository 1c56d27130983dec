"""Lines about how far the images are."""

import pytest

from napari_cellbench.cli import progress
from napari_cellbench.cli.progress import Watch


@pytest.fixture
def clock(monkeypatch):
    """Seconds that pass with each image."""
    seconds = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: seconds[0])
    return seconds


@pytest.mark.parametrize(("each", "left"), [(2, "4 s"), (45, "1 min 30 s"), (4000, "2 h 13 min")])
def test_the_time_left_follows_from_what_is_done(clock, capsys, each, left):
    with Watch(3) as watch:
        for _ in range(3):
            clock[0] += each
            watch.done("a.tif", "5 objects")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"[1/3] a.tif: 5 objects ({left} left)"
    assert lines[-1] == "[3/3] a.tif: 5 objects"


def test_programs_read_no_lines_about_the_work(capsys):
    with Watch(2, for_programs=True) as watch:
        watch.done("a.tif", "5 objects")
        watch.done("b.tif", "FAILED", failed=True)
    said = capsys.readouterr()
    assert not said.out
    assert "[2/2] b.tif: FAILED" in said.err
