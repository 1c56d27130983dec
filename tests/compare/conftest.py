"""Queues with real worker processes, and entries that go wrong."""

import time
from collections.abc import Callable

import numpy as np
import pytest

from napari_cellbench.compare import Queue, ResultCache
from napari_cellbench.data.source import Source
from napari_cellbench.engine import Engine, Entry

TIMEOUT = 30.0


@pytest.fixture
def cache(tmp_path) -> ResultCache:
    return ResultCache(tmp_path / "results")


@pytest.fixture(autouse=True)
def _nothing_left(nothing_left: None) -> None:
    """Fail where a queue leaves something behind."""


@pytest.fixture
def make_queue(cache, with_misbehaving, nothing_left):
    """Return a function that makes a queue, which ends with the test."""
    queues = []

    def make(**options) -> Queue:
        queues.append(Queue(cache, **options))
        return queues[-1]

    yield make
    for queue in queues:
        queue.release()


@pytest.fixture
def queue(make_queue) -> Queue:
    return make_queue()


@pytest.fixture
def source() -> Source:
    """Six bright discs on a dark ground."""
    y, x = np.indices((64, 96))
    return Source.of(np.where(np.hypot(y % 32 - 16, x % 32 - 16) < 8, 900, 50)[None])


@pytest.fixture
def misbehave() -> Callable[..., Entry]:
    """Return a function that makes an entry which does what `misbehaving.py` says."""

    def entry(how: str, seconds: float = 0.0) -> Entry:
        return Entry("misbehaving", parameters={"how": how, "seconds": seconds})

    return entry


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until something is so, for some seconds at most."""
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def engine(nothing_left):
    """Return an engine whose process ends with the test."""
    engine = Engine()
    yield engine
    engine.release()
