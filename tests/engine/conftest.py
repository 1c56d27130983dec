"""Engines whose workers know the ill-behaved methods of `misbehaving.py` too."""

from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from appose import NDArray

from napari_cellbench.engine import Engine, Job

SHARED_MEMORY = Path("/dev/shm")
"""Where Linux has it."""


@pytest.fixture
def engine(with_misbehaving, shared_blocks):
    """Return an engine; whatever it made is gone at the end of the test."""
    engine = Engine()
    yield engine
    engine.release()
    left = [name for name in shared_blocks if (SHARED_MEMORY / name).exists()]
    assert not left, "shared memory was left behind"


@pytest.fixture
def shared_blocks(monkeypatch) -> list[str]:
    """Return the names of the blocks of shared memory that this process makes from now on."""
    made: list[str] = []

    class Watched(NDArray):
        def __init__(self, *arguments) -> None:
            super().__init__(*arguments)
            made.append(self.shm.name)

    monkeypatch.setattr("napari_cellbench.engine.memory.NDArray", Watched)
    return made


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
