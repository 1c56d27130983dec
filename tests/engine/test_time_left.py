"""How long a run will still take."""

import pytest

from napari_cellbench.durations import spoken
from napari_cellbench.engine.time_left import SURE_AFTER, TimeLeft


def test_steady_run():
    now = 0.0
    left = TimeLeft(lambda: now)
    assert left.note(0.0) is None
    now = 60.0  # the model is loaded, which doesn't count
    assert left.note(0.1) is None
    now = 60.0 + SURE_AFTER / 2
    assert left.note(0.2) is None
    now = 64.0
    assert left.note(0.3) == pytest.approx(4 / 0.2 * 0.7)
    assert left.note(1.0) == 0


def test_what_does_not_move_has_no_end():
    now = 0.0
    left = TimeLeft(lambda: now)
    left.note(0.5)
    now = 100.0
    assert left.note(0.5) is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "1 s"),
        (8.4, "8 s"),
        (59.4, "59 s"),
        (59.7, "1 min"),
        (131, "2 min 10 s"),
        (599, "10 min"),
        (1234, "20 min"),
        (3599, "1 h"),
        (3900, "1 h 5 min"),
        (90000, "25 h"),
    ],
)
def test_spoken(seconds, text):
    assert spoken(seconds) == text
