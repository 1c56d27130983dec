"""Ids of objects in label images, whatever their size.

Ids are names: other programs make them of time stamps, or of random numbers up to 2**31. What takes
memory by the largest of them must go by `numbered` instead.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

SPARSE = 4
"""Counting by id takes no more memory than so many label images."""


def count_pixels(labels: NDArray[Any]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Count the pixels of each object.

    Parameters
    ----------
    labels : integer array
        0 and less is background; ids up to 2**31 - 1.

    Returns
    -------
    ids : (N,) int32
        Ascending.
    counts : (N,) int64
    """
    if not labels.size:
        return np.zeros(0, np.int32), np.zeros(0, np.int64)
    if int(labels.min()) >= 0 and int(labels.max()) <= SPARSE * labels.size + 2**16:
        counts = np.bincount(labels.ravel())
        counts[0] = 0
        ids = np.flatnonzero(counts)
        return ids.astype(np.int32), counts[ids].astype(np.int64)
    ids, counts = np.unique(labels, return_counts=True)
    kept = ids > 0
    return ids[kept].astype(np.int32), counts[kept].astype(np.int64)


def numbered(labels: NDArray[Any]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Give the objects numbers from 1 on, in the order of their ids.

    Parameters
    ----------
    labels : integer array
        0 is background; ids up to 2**31 - 1.

    Returns
    -------
    ids : (N,) int32
        Ascending.
    numbers : int32 array
        0 is background, and i + 1 the object ``ids[i]``.
    """
    ids, _ = count_pixels(labels)
    numbers = np.searchsorted(ids, labels).astype(np.int32)
    numbers += labels != 0
    return ids, numbers
