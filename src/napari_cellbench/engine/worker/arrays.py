"""Arrays in shared memory, as the worker sees them."""

from __future__ import annotations

from typing import Any

import numpy as np


def view(array: Any, shape: list[int]) -> Any:
    """Return a block of shared memory as an array of a shape."""
    return np.ndarray(shape, array.dtype, buffer=array.shm.buf)


def take(array: Any, shape: list[int] | None = None) -> Any:
    """Copy an array out of shared memory and let go of the memory."""
    copy = view(array, shape or array.shape).copy()
    array.shm.close()
    return copy
