"""COCO run-length encoding without an image-sized array for every object.

A mask's pixels are numbered down the columns: pixel (y, x) is number ``x * height + y``. The counts
are the lengths of alternating runs of background and object, background first.
"""

from __future__ import annotations

from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

Int64 = NDArray[np.int64]


class RLE(TypedDict):
    """A mask in COCO's compressed run-length encoding: ``size`` is (height, width)."""

    size: list[int]
    counts: bytes


def label_runs(labels: NDArray[Any]) -> tuple[Int64, Int64, NDArray[Any]]:
    """Return start, end and label of the stretches of equal labels in a line, less background."""
    start = np.flatnonzero(np.diff(labels, prepend=0))
    end = np.append(start[1:], labels.size)
    label = labels[start]
    is_object = label != 0
    return start[is_object], end[is_object], label[is_object]


def encode_labels(labels: NDArray[np.integer[Any]]) -> tuple[RLE, ...]:
    """Encode every object of a label image, in ascending order of the ids.

    One pass over the pixels, whatever the number of objects.

    Parameters
    ----------
    labels : (Y, X) integer
        0 is background.
    """
    height, width = labels.shape
    start, end, label = label_runs(labels.ravel(order="F"))
    if not len(label):
        return ()
    # Stable, so that the runs of an object stay in the order of the image.
    order = np.argsort(label, kind="stable")
    bounds = np.stack([start[order], end[order]], axis=1).ravel()
    first = 2 * np.flatnonzero(np.diff(label[order], prepend=0))
    last = np.append(first[1:], len(bounds))
    counts = np.diff(bounds, prepend=0)
    counts[first] = bounds[first]
    plain = counts.tolist()
    after = (labels.size - bounds[last - 1]).tolist()
    objects = [
        {"size": [height, width], "counts": plain[i:j] + ([rest] if rest else [])}
        for i, j, rest in zip(first.tolist(), last.tolist(), after, strict=True)
    ]
    return tuple(coco_mask.frPyObjects(objects, height, width))


def pixels(mask: RLE) -> tuple[Int64, Int64]:
    """Return the rows and the columns of a mask's pixels, column by column."""
    height = mask["size"][0]
    ends = np.cumsum(_counts(mask["counts"]))
    start, stop = ends[0::2][: len(ends) // 2], ends[1::2]
    length = stop - start
    within = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    number = np.repeat(start, length) + within
    return number % height, number // height


def is_whole(mask: RLE) -> bool:
    """Tell whether the counts are lengths that add up to the size, as those of a file may not."""
    counts = _counts(mask["counts"])
    height, width = mask["size"]
    return bool((counts >= 0).all() and counts.sum() == height * width)


def _counts(compressed: bytes) -> Int64:
    """Undo COCO's compression of the counts (rleFrString of its C sources).

    A number is little-endian in groups of five bits, one a character: 32 says that another group
    follows, 16 in the last group that the number is negative. From the fourth on, a number is the
    difference from the last but one.
    """
    group = np.frombuffer(compressed, np.uint8).astype(np.int64) - 48
    ends = np.flatnonzero((group & 32) == 0)
    starts = np.append(0, ends[:-1] + 1)
    shift = 5 * (np.arange(len(group)) - np.repeat(starts, ends - starts + 1))
    numbers = np.add.reduceat((group & 31) << shift, starts)
    numbers -= np.where(group[ends] & 16, np.int64(32) << shift[ends], 0)
    numbers[1::2] = np.cumsum(numbers[1::2])
    numbers[2::2] = np.cumsum(numbers[2::2])
    return numbers
