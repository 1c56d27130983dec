"""The pace of decisions, without the breaks."""

import pytest

from napari_cellbench.corrections.pace import RECENT, SURE_AFTER, Pace


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def decide(pace, clock, seconds, n=1):
    for _ in range(n):
        clock.now += seconds
        pace.note()


def test_unknown_at_first(clock):
    pace = Pace(clock=clock)
    pace.note()
    decide(pace, clock, 2, SURE_AFTER - 1)
    assert pace.each is None
    decide(pace, clock, 2)
    assert pace.each == 2


def test_breaks_do_not_count(clock):
    pace = Pace(clock=clock)
    pace.note()
    decide(pace, clock, 2, 6)
    decide(pace, clock, 3600)
    decide(pace, clock, 121)
    decide(pace, clock, 2, 3)
    assert pace.each == 2


def test_steps_on_the_way_belong_to_the_decision(clock):
    pace = Pace(clock=clock)
    pace.note()
    for _ in range(6):
        clock.now += 50
        pace.note(decided=False)
        clock.now += 90
        pace.note()
    assert pace.each == 140


def test_recent_ones_count(clock):
    pace = Pace(clock=clock)
    pace.note()
    decide(pace, clock, 60, 10)
    decide(pace, clock, 1, RECENT)
    assert pace.each == 1


def test_another_session_knows_it_at_once(clock):
    pace = Pace(clock=clock)
    pace.note()
    decide(pace, clock, 3, 8)
    assert Pace(pace.seconds).each == 3
