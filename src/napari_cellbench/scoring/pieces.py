"""Masks without ids: one value for all cells, which makes them one object in many pieces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..data import Instances

FEW = 3
"""So many values may be classes of pixels: cells, their borders, what is between them."""
PIECES = 3
"""A few objects of which each is in so many pieces, on average, are taken for classes."""
MANY = 10
"""One object against so many others is suspicious also where it is in one piece."""


def mask_notes(truth: Instances, prediction: Instances) -> list[str]:
    """Say where truth or prediction looks like a mask without ids.

    Parameters
    ----------
    truth, prediction
        Of one image. Masks in run lengths are objects by themselves and are not looked at.
    """
    notes = []
    for name, one, other in (
        ("truth", truth, prediction),
        ("prediction", prediction, truth),
    ):
        if one.labels is None:
            continue
        ids = _few_ids(one.labels)
        if not len(ids):
            continue
        pieces = len(components(one.labels).ids)
        what = "object" if len(ids) == 1 else "objects"
        if pieces > 1 if len(ids) == 1 else pieces >= PIECES * len(ids):
            notes.append(
                f"The {name} is {len(ids)} {what} in {pieces:,} pieces: a mask without ids? Its "
                f"connected components can be scored instead ({OPTIONS[name]})."
            )
        elif len(ids) == 1 and _count_up_to(other, MANY) >= MANY:
            notes.append(
                f"The {name} is a single object, the other side has many: a mask without ids, "
                "whose cells touch?"
            )
    return notes


OPTIONS = {
    "truth": "--binary-truth components",
    "prediction": "--binary-prediction components",
}
"""How to ask for it."""


def components(labels: NDArray[np.int32]) -> Instances:
    """Return the connected pieces of what is not background as objects, numbered from 1.

    Pixels that touch at a corner are connected, as in ``skimage.measure.label``.
    """
    from skimage.measure import label

    return Instances.from_labels(label(labels > 0))


def _few_ids(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the ids if there are at most `FEW`, else none; no sorting of a whole image."""
    found: list[int] = []
    rest = labels.ravel()
    # Objects are met after few pixels: a small sample settles most images.
    sample = np.unique(rest[:: max(1, rest.size // 4096)])
    if (sample > 0).sum() > FEW:
        return np.empty(0, np.int32)
    while len(found) <= FEW:
        rest = rest[(rest > 0) & ~np.isin(rest, found)] if found else rest[rest > 0]
        if not len(rest):
            return np.array(found, np.int32)
        found.append(int(rest[0]))
    return np.empty(0, np.int32)


def _count_up_to(objects: Instances, most: int) -> int:
    if objects.masks is not None:
        return len(objects.masks)
    assert objects.labels is not None
    return min(most, int((np.unique(objects.labels) > 0).sum()))
