"""Masks without ids: one value for all cells, which makes them one object in many pieces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..data import Instances

Side = Literal["truth", "prediction"]
"""Of a comparison."""
FEW = 3
"""So many values may be classes of pixels: cells, their borders, what is between them."""
PIECES = 3
"""A few objects of which each is in so many pieces, on average, are taken for classes."""
MANY = 10
"""One object against so many others is suspicious also where it is in one piece."""


@dataclass(frozen=True)
class Mask:
    """What of a label image looks like a mask without ids.

    Attributes
    ----------
    objects
        Number of ids where these are few enough to be classes; else 0.
    pieces
        Number of connected pieces where each object is in many, on average; else 0.
    """

    objects: int = 0
    pieces: int = 0


def mask_of(instances: Instances) -> Mask:
    """Look whether objects are a mask without ids.

    Masks in run lengths are objects by themselves and are not looked at.
    """
    if instances.labels is None:
        return Mask()
    number = len(_few_ids(instances.labels))
    if not number:
        return Mask()
    pieces = len(components(instances.labels).ids)
    return Mask(number, pieces if pieces >= (2 if number == 1 else PIECES * number) else 0)


def mask_notes(
    truth: Instances, prediction: Instances, found: Mapping[Side, Mask] | None = None
) -> list[str]:
    """Say where truth or prediction of one image looks like a mask without ids.

    Parameters
    ----------
    truth, prediction
        Of one image.
    found
        What `mask_of` says of "truth" and "prediction", if it was asked already.
    """
    found = found or {"truth": mask_of(truth), "prediction": mask_of(prediction)}
    others: dict[Side, Instances] = {"truth": prediction, "prediction": truth}
    notes = []
    for side, other in others.items():
        mask = found[side]
        if mask.pieces:
            what = "object" if mask.objects == 1 else "objects"
            notes.append(
                f"The {side} is {mask.objects} {what} in {mask.pieces:,} pieces: a mask without "
                "ids? Its connected pieces can be scored instead: tick “Split” in the Score "
                f"widget, or add --binary-{side} components to the command."
            )
        elif mask.objects == 1 and _count_up_to(other, MANY) >= MANY:
            notes.append(
                f"The {side} is a single object, the other side has many: a mask without ids, "
                "whose cells touch?"
            )
    return notes


def split_note(side: str, pieces: int) -> str:
    """Say that connected pieces of truth or prediction are scored."""
    return f"The {side}'s connected pieces are taken for its objects: {pieces:,}."


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
