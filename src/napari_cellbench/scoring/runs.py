"""Overlap of masks that may overlap each other, from their run lengths, compiled.

Import it inside functions only. A run is a stretch ``[start, end)`` of pixels of one object in
column-major order, which is the order of COCO's run-length encoding.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..data import Instances
from .compiled import compiled
from .table import count_runs, new_table, pairs_of

Int64 = NDArray[np.int64]


def overlap_of_runs(truth: Instances, prediction: Instances) -> tuple[Int64, ...]:
    """Compare two sets of masks of equal shape: return what makes an `Overlap`, in its order."""
    t_ids, t_area, t_runs = _runs_of(truth)
    p_ids, p_area, p_runs = _runs_of(prediction)
    pairs = pairs_of(count_runs(*t_runs, *p_runs, new_table()))
    return t_ids, p_ids, t_area, p_area, *pairs


def _runs_of(objects: Instances) -> tuple[Int64, Int64, tuple[Int64, Int64, Int64]]:
    """Return ids, areas, and (start, end, index) of all runs in ascending order of start."""
    if objects.masks is None:
        assert objects.labels is not None
        start, end, label = label_runs(np.asfortranarray(objects.labels).ravel(order="F"))
        ids, index = np.unique(label, return_inverse=True)
    else:
        counts = [np.frombuffer(mask["counts"], np.uint8) for mask in objects.masks]
        ends = np.cumsum([len(c) for c in counts], dtype=np.int64)
        text = np.concatenate(counts) if counts else np.empty(0, np.uint8)
        start, end, index = mask_runs(text, ends)
        ids = np.arange(1, len(counts) + 1, dtype=np.int64)
        order = np.argsort(start, kind="stable")
        start, end, index = start[order], end[order], index[order]
    area = np.bincount(index, end - start, len(ids)).astype(np.int64)
    return ids, area, (start, end, index)


@compiled
def label_runs(labels: NDArray[np.int32]) -> tuple[Int64, Int64, Int64]:
    """Return start, end and label of the runs of a raveled label image, without background."""
    n, found = len(labels), 0
    for i in range(n):
        found += labels[i] != 0 and (i == 0 or labels[i] != labels[i - 1])
    start, end = np.empty(found, np.int64), np.empty(found, np.int64)
    label = np.empty(found, np.int64)
    run = -1
    for i in range(n):
        if labels[i] != 0:
            if i == 0 or labels[i] != labels[i - 1]:
                run += 1
                start[run], label[run] = i, labels[i]
            end[run] = i + 1
    return start, end, label


@compiled
def mask_runs(text: NDArray[np.uint8], ends: Int64) -> tuple[Int64, Int64, Int64]:
    """Read compressed COCO run lengths.

    A mask is a list of run lengths, alternately background and object. From the fourth on, the
    difference to the length two places before is stored. Each number is written in groups of five
    bits, lowest first, as characters from 48 on; bit 5 says that another group follows, and bit 4
    of the last group is the sign.

    Parameters
    ----------
    text : (B,) uint8
        The codes of all masks, one after the other.
    ends : (N,) int64
        Where each mask's code ends.

    Returns
    -------
    start, end, index : (R,) int64
        Runs, mask by mask, and the mask that each belongs to.
    """
    numbers = 0
    for byte in text:
        numbers += ((byte - 48) & 32) == 0
    start, end = np.empty(numbers, np.int64), np.empty(numbers, np.int64)
    index = np.empty(numbers, np.int64)
    runs = at = 0
    for mask in range(len(ends)):
        before = last = position = np.int64(0)
        place = 0
        while at < ends[mask]:
            value, shift = np.int64(0), 0
            more = True
            while more:
                group = np.int64(text[at]) - 48
                at += 1
                value |= (group & 31) << shift
                shift += 5
                more = (group & 32) != 0
                if not more and group & 16:
                    value |= -1 << shift
            if place > 2:
                value += before
            before, last = last, value
            if place % 2 == 1 and value > 0:
                start[runs], end[runs], index[runs] = position, position + value, mask
                runs += 1
            position += value
            place += 1
    return start[:runs], end[:runs], index[:runs]
