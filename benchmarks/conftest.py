"""Images to measure on."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

Cells = Callable[[tuple[int, int], int], NDArray[np.int32]]


@pytest.fixture(scope="session")
def cells() -> Cells:
    """Return a function that draws `n` ellipses on a jittered grid: cells of varied size."""

    def draw(shape: tuple[int, int], n: int) -> NDArray[np.int32]:
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

    return draw
