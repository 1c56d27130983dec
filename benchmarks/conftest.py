"""Images to measure on, and what the benchmarks share."""

import os
import threading
from collections.abc import Callable, Iterator

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

Cells = Callable[[tuple[int, int], int], NDArray[np.int32]]


def draw_cells(shape: tuple[int, int], n: int) -> NDArray[np.int32]:
    """Draw `n` ellipses on a jittered grid: cells of varied size."""
    rng = np.random.default_rng(0)
    labels = np.zeros(shape, np.int32)
    columns = int(np.ceil(np.sqrt(n * shape[1] / shape[0])))
    dx = shape[1] / columns
    dy = shape[0] / np.ceil(n / columns)
    for k in range(n):
        y, x = np.array(divmod(k, columns)) + 0.5 + rng.uniform(-0.2, 0.2, 2)
        radii = rng.uniform(0.22, 0.42, 2) * (dy, dx)
        angle = rng.uniform(0, np.pi)
        r = int(np.ceil(radii.max()))
        top, left = max(0, int(y * dy) - r), max(0, int(x * dx) - r)
        window = labels[top : int(y * dy) + r + 1, left : int(x * dx) + r + 1]
        v, u = np.indices(window.shape, float)
        v, u = v + top - y * dy, u + left - x * dx
        a = (u * np.cos(angle) + v * np.sin(angle)) / radii[0]
        b = (v * np.cos(angle) - u * np.sin(angle)) / radii[1]
        window[a**2 + b**2 <= 1] = k + 1
    return labels


@pytest.fixture(scope="session")
def cells() -> Cells:
    """Return `draw_cells`."""
    return draw_cells


class PeakMemory(threading.Thread):
    """Samples the resident sets of this process and its children every 50 ms."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.gib = 0.0
        self.stop = threading.Event()

    def run(self) -> None:
        me = psutil.Process(os.getpid())
        while not self.stop.wait(0.05):
            total = 0
            for process in (me, *me.children(recursive=True)):
                try:
                    total += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self.gib = max(self.gib, total / 2**30)


@pytest.fixture
def peak_memory() -> Iterator[PeakMemory]:
    """Sample the memory while the test runs."""
    sampler = PeakMemory()
    sampler.start()
    yield sampler
    sampler.stop.set()
    sampler.join()
