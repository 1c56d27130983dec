"""Label images that a method has made."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def without_small(labels: NDArray[np.int32], min_size: int) -> NDArray[np.int32]:
    """Drop objects of fewer pixels, and number the others 1..N.

    Parameters
    ----------
    labels : (Y, X) int32
        0 is background; ids of about 1..N.
    min_size
        In pixels.
    """
    area = np.bincount(labels.ravel())
    area[0] = 0
    kept = np.flatnonzero(area >= max(1, min_size))
    number = np.zeros(len(area), np.int32)
    number[kept] = np.arange(1, len(kept) + 1)
    return number[labels]
