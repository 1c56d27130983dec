"""Engines whose workers know the ill-behaved methods of `misbehaving.py` too."""

from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from napari_cellbench.engine import Engine, Job

SHARED_MEMORY = Path("/dev/shm")


@pytest.fixture
def engine(with_misbehaving):
    """Return an engine; whatever it made is gone at the end of the test."""
    before = shared_blocks()
    engine = Engine()
    yield engine
    engine.release()
    assert shared_blocks() <= before, "shared memory was left behind"


def shared_blocks() -> set[str]:
    """List the blocks of shared memory of Python processes (on Linux)."""
    return {path.name for path in SHARED_MEMORY.glob("psm_*")}


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
