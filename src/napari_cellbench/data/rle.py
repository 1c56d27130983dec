"""COCO run-length encoding without an image-sized array for every object.

A mask's pixels are numbered down the columns: pixel (y, x) is number ``x * height + y``. The counts
are the lengths of alternating runs of background and object, background first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

Int64 = NDArray[np.int64]


class RLE(TypedDict):
    """A mask in COCO's compressed run-length encoding: ``size`` is (height, width)."""

    size: list[int]
    counts: bytes


def mask_areas(masks: Sequence[RLE]) -> Int64:
    """Return the pixels of each mask, (N,).

    One by one: pycocotools 2.0.11 fails on more than 255 at once where NumPy is 2 or newer.
    """
    return np.array([coco_mask.area(mask) for mask in masks], np.int64)


def label_runs(labels: NDArray[Any]) -> tuple[Int64, Int64, NDArray[Any]]:
    """Return start, end and label of the stretches of equal labels in a line, less background."""
    changes = np.flatnonzero(labels[1:] != labels[:-1]) + 1
    start = np.concatenate([np.zeros(min(labels.size, 1), changes.dtype), changes])
    end = np.append(start[1:], labels.size)[: len(start)]
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


def encode_pixels(rows: Int64, columns: Int64, shape: tuple[int, int]) -> RLE:
    """Return the mask of some pixels, each given once."""
    height, width = shape
    at = np.sort(columns.astype(np.int64) * height + rows)
    first = np.flatnonzero(np.diff(at, prepend=-2) != 1)
    last = np.append(first[1:], len(at))[: len(first)] - 1
    bounds = np.stack([at[first], at[last] + 1], axis=1).ravel()
    counts = np.diff(bounds, prepend=0, append=height * width)
    plain = {"size": [height, width], "counts": counts.tolist()}
    mask: RLE = coco_mask.frPyObjects(plain, height, width)
    return mask


def from_counts(counts: Any, shape: tuple[int, int]) -> RLE:
    """Return a mask from the counts of a file, compressed or not, if they fill the image.

    pycocotools writes beyond its memory where they don't.

    Raises
    ------
    ValueError
        If they don't.
    """
    height, width = shape
    if isinstance(counts, list):
        if not all(type(count) is int and count >= 0 for count in counts):
            raise ValueError("a run length isn't a whole number from 0 on")
        if not counts or sum(counts) != height * width:
            raise ValueError(f"run lengths add up to {sum(counts)}, not to {height} x {width}")
        plain: RLE = coco_mask.frPyObjects({"size": [height, width], "counts": counts}, *shape)
        return plain
    encoded = counts.encode("ascii") if isinstance(counts, str) else counts
    if not isinstance(encoded, bytes) or not encoded or encoded[-1] - 48 & 32:
        raise ValueError("run lengths are missing or cut off")
    group = np.frombuffer(encoded, np.uint8).astype(np.int64) - 48
    # A number below 2^32 has at most seven groups of five bits.
    longest = np.diff(np.flatnonzero(np.append((group & 32) == 0, True)), prepend=-1).max()
    if group.min() < 0 or group.max() > 63 or longest > 7:
        raise ValueError("run lengths have characters that aren't COCO's")
    lengths = _counts(encoded)
    if lengths.min() < 0 or lengths.sum() != height * width:
        raise ValueError(f"run lengths don't add up to {height} x {width}")
    return RLE(size=[height, width], counts=encoded)


def from_polygons(polygons: Sequence[Sequence[float]], shape: tuple[int, int]) -> RLE | None:
    """Return the union of polygons as pycocotools fills them; None where they enclose nothing.

    What lies far outside of the image is cut off first: pycocotools takes memory for every pixel
    along an edge, and coordinates beyond 32 bits lead it out of that.

    Parameters
    ----------
    polygons
        x, y, x, y, ... of each; those of fewer than three points enclose nothing.
    shape
        Height and width of the image.

    Raises
    ------
    ValueError
        If a coordinate is no finite number, or lacks its partner.
    """
    whole = []
    for polygon in polygons:
        points = np.asarray(polygon, np.float64)
        if points.ndim != 1 or len(points) % 2:
            raise ValueError("a polygon doesn't consist of pairs of numbers")
        if not np.isfinite(points).all():
            raise ValueError("a polygon has coordinates that are no numbers")
        points = _clipped(points.reshape(-1, 2), shape)
        # pycocotools takes four numbers for a box, where here they are two points of a polygon.
        if len(points) >= 3:
            whole.append(points.ravel().tolist())
    if not whole:
        return None
    # One by one: pycocotools 2.0.11 fails on lists of more than 255 with numpy 2.
    filled = [coco_mask.frPyObjects([points], *shape)[0] for points in whole]
    union: RLE = coco_mask.merge(filled)
    return union if coco_mask.area(union) else None


def _clipped(points: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.float64]:
    """Cut a polygon off at some distance from the image (Sutherland and Hodgman 1974)."""
    margin = float(max(shape) + 100)
    points = points.clip(-1e12, 1e12)
    for axis, size in ((0, shape[1]), (1, shape[0])):
        for sign, limit in ((1, size + margin), (-1, margin)):
            inside = sign * points[:, axis] <= limit
            if inside.all():
                continue
            kept = []
            for i in range(len(points)):
                before, after = points[i - 1], points[i]
                if inside[i] != inside[i - 1]:
                    share = (sign * limit - before[axis]) / (after[axis] - before[axis])
                    kept.append(before + share * (after - before))
                if inside[i]:
                    kept.append(after)
            points = np.reshape(kept, (-1, 2))
    return points


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
