"""A hash table of pixel counts for pairs of labels, compiled. Import it inside functions only.

A pair is one 64-bit key, prediction id in the upper half and truth id in the lower, so sorted keys
are ordered by prediction and then by truth, as COCO's matching walks through them. The table is
open-addressed: `keys` (int64, `EMPTY` where free) and `counts` (int64), a power of two long.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .compiled import compiled

Int64 = NDArray[np.int64]
Int32 = NDArray[np.int32]

EMPTY = -1
START = 4096
MULTIPLIER = -7046029254386353131  # 2**64 divided by the golden ratio, as a signed number


def new_table() -> tuple[Int64, Int64]:
    """Return the keys and counts of an empty table."""
    return np.full(START, EMPTY, np.int64), np.zeros(START, np.int64)


@compiled
def add(keys: Int64, counts: Int64, key: int | np.int64, amount: int | np.int64) -> bool:
    """Add to a pair's count; True where the pair is new. The table must have a free place."""
    last = len(keys) - 1
    place = ((key * MULTIPLIER) >> 32) & last
    while keys[place] != key:
        if keys[place] == EMPTY:
            keys[place] = key
            counts[place] = amount
            return True
        place = (place + 1) & last
    counts[place] += amount
    return False


@compiled
def grown(keys: Int64, counts: Int64, extra: int) -> tuple[Int64, Int64, int]:
    """Return the table with room for `extra` more pairs, without those of count 0, and its size."""
    size = 0
    for count in counts:
        size += count != 0
    room = len(keys)
    while room < 4 * (size + extra):
        room *= 2
    new_keys = np.full(room, EMPTY, np.int64)
    new_counts = np.zeros(room, np.int64)
    for place in range(len(keys)):
        if counts[place] != 0:
            add(new_keys, new_counts, keys[place], counts[place])
    return new_keys, new_counts, size


@compiled
def count_labels(
    truth: Int32, prediction: Int32, sign: int, keys: Int64, counts: Int64, used: int
) -> tuple[Int64, Int64, int]:
    """Add (`sign` 1) or take away (-1) the pixels of two raveled label images.

    Pairs with background, id 0, are counted too, since they make up the areas; pixels that are
    background in both are not.

    Returns
    -------
    keys, counts, used
        The table, a new one if it had to grow, and the number of its places in use.
    """
    n = len(truth)
    start = 0
    for i in range(1, n + 1):
        t, p = truth[start], prediction[start]
        if i < n and truth[i] == t and prediction[i] == p:
            continue
        if t != 0 or p != 0:
            used += add(keys, counts, (np.int64(p) << 32) | np.int64(t), sign * (i - start))
            if 2 * used > len(keys):
                keys, counts, used = grown(keys, counts, 1)
        start = i
    return keys, counts, used
