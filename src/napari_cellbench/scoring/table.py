"""A hash table of pixel counts for pairs of labels, compiled. Import it inside functions only.

A pair is one 64-bit key, prediction id in the upper half and truth id in the lower, so sorted keys
are ordered by prediction and then by truth, as COCO's matching walks through them. The table is an
open-addressed (N, 2) int64 array of keys and counts, N a power of two; a free place has key `FREE`.
Key and count lie side by side because fetching them from memory is what takes the time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .compiled import compiled

Table = NDArray[np.int64]
Int32 = NDArray[np.int32]

FREE = -1
START = 4096
MULTIPLIER = -7046029254386353131  # 2**64 divided by the golden ratio, as a signed number


@compiled
def new_table(room: int = START) -> Table:
    """Return an empty table."""
    table = np.zeros((room, 2), np.int64)
    table[:, 0] = FREE
    return table


@compiled
def add(table: Table, key: int | np.int64, amount: int | np.int64) -> bool:
    """Add to a pair's count; True where the pair is new. The table must have a free place."""
    last = len(table) - 1
    place = ((key * MULTIPLIER) >> 32) & last
    while table[place, 0] != key:
        if table[place, 0] == FREE:
            table[place, 0] = key
            table[place, 1] = amount
            return True
        place = (place + 1) & last
    table[place, 1] += amount
    return False


@compiled
def grown(table: Table, extra: int) -> tuple[Table, int]:
    """Return the table with room for `extra` more pairs, without those of count 0, and its size."""
    size = 0
    for place in range(len(table)):
        size += table[place, 1] != 0
    room = len(table)
    while room < 3 * (size + extra):
        room *= 2
    roomy = new_table(room)
    for place in range(len(table)):
        if table[place, 1] != 0:
            add(roomy, table[place, 0], table[place, 1])
    return roomy, size


@compiled
def count_labels(
    truth: Int32, prediction: Int32, sign: int, table: Table, used: int
) -> tuple[Table, int]:
    """Add (`sign` 1) or take away (-1) the pixels of two raveled label images.

    Pairs with background, id 0, are counted too, since they make up the areas; pixels that are
    background in both are not.

    Returns
    -------
    table, used
        The table, a new one if it had to grow, and the number of its places in use.
    """
    n = len(truth)
    start = 0
    for i in range(1, n + 1):
        t, p = truth[start], prediction[start]
        if i < n and truth[i] == t and prediction[i] == p:
            continue
        if t != 0 or p != 0:
            used += add(table, (np.int64(p) << 32) | np.int64(t), sign * (i - start))
            if 2 * used > len(table):
                table, used = grown(table, 1)
        start = i
    return table, used


def pairs_of(table: Table) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return truth ids, prediction ids and pixels of the pairs, by prediction and then truth."""
    pairs = table[table[:, 1] > 0]
    pairs = pairs[np.argsort(pairs[:, 0])]
    return pairs[:, 0] & 0xFFFFFFFF, pairs[:, 0] >> 32, pairs[:, 1]
