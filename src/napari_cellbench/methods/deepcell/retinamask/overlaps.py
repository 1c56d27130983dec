"""From boxes and masks that may overlap to labels, as SegGal scored them."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from ....data import Instances

CROWDED, OVERLAP = 3, 0.25
"""A mask goes that overlaps so many, itself included, by more than this."""

Masks = NDArray[np.bool_]
Floats = NDArray[np.floating]


def pasted(boxes: Floats, masks: Floats, shape: tuple[int, int], threshold: float) -> Masks:
    """Draw the mask of each box into the image.

    Parameters
    ----------
    boxes : (N, 4)
        x1, y1, x2, y2, of which the whole pixels count.
    masks : (N, 28, 28)
        Probabilities.
    shape
        Height and width of the image.
    threshold
        Probability from which a pixel belongs to the object.

    Returns
    -------
    (N, Y, X) bool
    """
    from skimage.transform import resize

    found = np.zeros((len(boxes), *shape), bool)
    for out, (x1, y1, x2, y2), mask in zip(found, boxes.astype(int), masks, strict=True):
        if y2 > y1 and x2 > x1:
            # Which smooths where it shrinks.
            out[y1:y2, x1:x2] = resize(mask, (y2 - y1, x2 - x1), order=1) > threshold
    return found


def disentangled(boxes: Floats, masks: Masks) -> NDArray[np.int32]:
    """Make masks labels: what several want is shared out by a random walk from what is clear.

    Parameters
    ----------
    boxes : (N, 4)
        In pixels.
    masks : (N, Y, X) bool
        Of `pasted`.

    Returns
    -------
    (Y, X) int32
        i + 1 is mask i; some have none.
    """
    overlaps = _overlaps(boxes, masks)
    sums = overlaps.sum(1)
    alone = sums == 1
    crowded = (overlaps > OVERLAP).sum(1) >= CROWDED
    labels = np.zeros(masks.shape[1:], np.int32)
    for number in np.flatnonzero(alone):
        labels[masks[number]] = number + 1
    entangled = np.flatnonzero((sums > 1) & ~crowded)
    if len(entangled):
        labels += _walked(masks[entangled], entangled + 1)
    return labels


def _overlaps(boxes: Floats, masks: Masks) -> Floats:
    """Return the intersections over unions of masks whose boxes meet; 1 with themselves."""
    x1, y1, x2, y2 = boxes.astype(int).T
    sizes = masks.sum((1, 2))
    found = np.zeros((len(masks),) * 2)
    for i, mask in enumerate(masks):
        meets = (np.minimum(x2, x2[i]) - np.maximum(x1, x1[i]) + 1 > 0) & (
            np.minimum(y2, y2[i]) - np.maximum(y1, y1[i]) + 1 > 0
        )
        near = np.flatnonzero(meets & (sizes > 0) & (sizes[i] > 0))
        seen = np.s_[max(0, y1[i]) : y2[i], max(0, x1[i]) : x2[i]]
        shared = (masks[(near, *seen)] & mask[seen]).sum((1, 2))
        found[i, near] = shared / (sizes[near] + sizes[i] - shared)
    return found


def _walked(masks: Masks, numbers: NDArray[np.integer]) -> NDArray[np.int32]:
    """Share out the pixels of several masks."""
    from skimage.segmentation import random_walker

    count = masks.sum(0)
    own = np.where(count == 1, (masks * numbers[:, None, None]).sum(0), 0)
    # Those of masks that have pixels of their own, numbered 0, 1, ... as the random walk does.
    clear, seeds = np.unique(np.append(own, 0), return_inverse=True)
    seeds = seeds[:-1].reshape(own.shape)
    if (count > 1).any() and len(clear) > 1:
        with warnings.catch_warnings():
            # Pieces that no clear pixel touches stay without a label.
            warnings.simplefilter("ignore")
            seeds = random_walker((count > 0).astype(float), np.where(count, seeds, -1))
    return clear[np.maximum(seeds, 0)].astype(np.int32)


def labelled(boxes: Floats, masks: Masks, scores: Floats, min_size: int) -> Instances:
    """Return the connected pieces of `disentangled` masks, with the scores of these.

    Parameters
    ----------
    boxes, masks, scores : (N, 4), (N, Y, X) bool, (N,)
        Of the objects.
    min_size
        Masks of fewer pixels are dropped.
    """
    from skimage.measure import label

    labels = disentangled(boxes, masks)
    sizes = np.bincount(labels.ravel(), minlength=len(scores) + 1)
    labels[sizes[labels] < min_size] = 0
    pieces = np.asarray(label(labels), np.int32)
    ids, first = np.unique(pieces, return_index=True)
    owners = labels.ravel()[first[ids > 0]]
    return Instances.from_labels(pieces, scores[owners - 1])
