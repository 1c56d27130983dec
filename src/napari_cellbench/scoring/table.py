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
Int64 = NDArray[np.int64]
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


@compiled
def count_runs(
    t_start: Int64,
    t_end: Int64,
    t_index: Int64,
    p_start: Int64,
    p_end: Int64,
    p_index: Int64,
    table: Table,
) -> Table:
    """Add up the pixels that true and predicted runs share; both are ordered by start.

    A run is a stretch ``[start, end)`` of pixels that belong to one object.

    A sweep over the starts keeps the runs that are still open on each side. When a run opens, it
    meets those of the other side that are open: so each pair of runs is met once.
    """
    open_t, open_p = np.empty(16, np.int64), np.empty(16, np.int64)
    n_t = n_p = used = t = p = 0
    while t < len(t_start) or p < len(p_start):
        is_truth = p == len(p_start) or (t < len(t_start) and t_start[t] <= p_start[p])
        here = t_start[t] if is_truth else p_start[p]
        n_t, n_p = still_open(open_t, n_t, t_end, here), still_open(open_p, n_p, p_end, here)
        if 2 * (used + n_t + n_p) > len(table):
            table, used = grown(table, n_t + n_p)
        if is_truth:
            for k in range(n_p):
                other = open_p[k]
                shared = min(t_end[t], p_end[other]) - here
                used += add(table, (p_index[other] << 32) | t_index[t], shared)
            open_t, n_t, t = opened(open_t, n_t, t), n_t + 1, t + 1
        else:
            for k in range(n_t):
                other = open_t[k]
                shared = min(t_end[other], p_end[p]) - here
                used += add(table, (p_index[p] << 32) | t_index[other], shared)
            open_p, n_p, p = opened(open_p, n_p, p), n_p + 1, p + 1
    return table


@compiled
def still_open(runs: Int64, n: int, end: Int64, here: int) -> int:
    """Drop the runs that end at or before `here`; return how many of the first `n` stay."""
    kept = 0
    for k in range(n):
        if end[runs[k]] > here:
            runs[kept] = runs[k]
            kept += 1
    return kept


@compiled
def opened(runs: Int64, n: int, run: int) -> Int64:
    """Put a run behind the first `n`, in a longer array if need be."""
    if n == len(runs):
        runs = np.concatenate((runs, runs))
    runs[n] = run
    return runs


def pairs_of(table: Table) -> tuple[Int64, Int64, Int64]:
    """Return truth ids, prediction ids and pixels of the pairs, by prediction and then truth."""
    pairs = table[table[:, 1] > 0]
    pairs = pairs[np.argsort(pairs[:, 0])]
    return pairs[:, 0] & 0xFFFFFFFF, pairs[:, 0] >> 32, pairs[:, 1]
