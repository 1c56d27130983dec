"""Engines whose workers know the ill-behaved methods of `misbehaving.py` too."""

from collections.abc import Callable

import psutil
import pytest

from napari_cellbench.engine import Engine, Job


@pytest.fixture(autouse=True)
def _nothing_left(nothing_left: None) -> None:
    """Fail where an engine leaves something behind."""


@pytest.fixture
def engine(with_misbehaving, nothing_left):
    """Return an engine; whatever it made is gone at the end of the test."""
    engine = Engine()
    yield engine
    engine.release()


@pytest.fixture
def misbehave() -> Callable[..., Job]:
    """Return a function that makes a job which does what `misbehaving.py` says."""

    def job(how: str, seconds: float = 0) -> Job:
        return Job("misbehaving", ("nucleus",), parameters={"how": how, "seconds": seconds})

    return job


@pytest.fixture
def is_running() -> Callable[[int], bool]:
    """Return a function that tells whether a process exists."""
    return psutil.pid_exists
