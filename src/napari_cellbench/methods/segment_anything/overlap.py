"""New cells beside those that are there. Nothing here knows a framework."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .prompting import Candidate


@dataclass(frozen=True)
class Overlap:
    """Pixels that a new cell and one that is there both want.

    Attributes
    ----------
    label
        Of the cell that is there.
    pixels
        That both want.
    share_of_new, share_of_old
        The same by the new cell's area, and by that of the other one.
    """

    label: int
    pixels: int
    share_of_new: float
    share_of_old: float


def overlaps(
    new: Candidate, labels: NDArray[Any], areas: Mapping[int, int] | None = None
) -> tuple[Overlap, ...]:
    """Tell what a new cell would take from its neighbours, the most first.

    Parameters
    ----------
    new
        In the frame of the labels.
    labels : (Y, X) integer
        Of the whole image, 0 where there is no cell.
    areas
        Of the cells that are there, where they are known: counting takes milliseconds a cell.
    """
    area = int(np.count_nonzero(new.mask))
    ids, counts = np.unique(labels[new.slices][new.mask], return_counts=True)
    found = []
    for label, pixels in zip(ids.tolist(), counts.tolist(), strict=True):
        if label != 0:
            known = areas.get(label) if areas is not None else None
            whole = known or int(np.count_nonzero(labels == label))
            found.append(Overlap(label, pixels, pixels / area, pixels / whole))
    return tuple(sorted(found, key=lambda o: (-o.pixels, o.label)))


def without_others(new: Candidate, labels: NDArray[Any], own: int = 0) -> NDArray[np.bool_]:
    """Return a new cell's mask without the pixels of others, in one piece.

    Parameters
    ----------
    new
        In the frame of the labels.
    labels : (Y, X) integer
        Of the whole image, 0 where there is no cell.
    own
        Label of the cell that the new mask takes the place of; its pixels are free.

    Returns
    -------
    (h, w) bool
        In the candidate's own box; of several pieces the largest. Empty if others have it all.
    """
    from scipy.ndimage import label as connected

    taken = labels[new.slices]
    free = new.mask & ((taken == 0) | ((taken == own) if own else False))
    if np.array_equal(free, new.mask):
        return new.mask.copy()
    pieces, count = connected(free)
    if count < 2:
        return free
    largest = np.bincount(pieces.ravel())[1:].argmax() + 1
    return np.asarray(pieces == largest)
