"""What becomes of a cell that shrinking splits or extinguishes."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

Parts = Literal["all", "largest", "relabel", "seed"]
"""Keep all parts of a cell under its label; keep the largest; give the smaller ones new labels;
keep the part around the cell's innermost pixel, and at least that pixel."""

PARTS: tuple[Parts, ...] = get_args(Parts)


def keep_largest(labels: NDArray[Any]) -> NDArray[Any]:
    """Keep each label's largest connected part; of equals, the first in the image."""
    part, owner, largest = _parts(labels)
    keep = np.concatenate([[False], largest])
    return np.where(keep[part], labels, 0) if len(owner) else labels


def relabel(labels: NDArray[Any]) -> NDArray[Any]:
    """Give each label's smaller connected parts labels of their own, above the greatest."""
    part, owner, largest = _parts(labels)
    if largest.all():
        return labels
    name = owner.astype(np.int64)
    name[~largest] = int(owner.max()) + 1 + np.arange((~largest).sum())
    if name.max() <= np.iinfo(labels.dtype).max:
        name = name.astype(labels.dtype)
    named: NDArray[Any] = np.concatenate([np.zeros(1, name.dtype), name])[part]
    return named


def keep_seeds(labels: NDArray[Any], seeds: NDArray[np.int64], ids: NDArray[Any]) -> NDArray[Any]:
    """Keep each label's connected part that holds its seed, or the seed alone.

    Parameters
    ----------
    labels
        The shrunk labels.
    seeds, ids : (N,)
        Flat index of each cell's seed, and its label.
    """
    part, owner, _ = _parts(labels)
    keep = np.zeros(len(owner) + 1, bool)
    keep[part.ravel()[seeds]] = True
    keep[0] = False
    out: NDArray[Any] = np.where(keep[part], labels, 0)
    out.ravel()[seeds] = ids
    return out


def _parts(labels: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_]]:
    """Return the part of each pixel (from 1), each part's label, and whether it is the largest."""
    from skimage.measure import label

    part = label(labels, background=0, connectivity=1)
    size = np.bincount(part.ravel())[1:]
    owner = np.zeros(len(size) + 1, labels.dtype)
    owner[part.ravel()] = labels.ravel()
    owner = owner[1:]
    by_size = np.lexsort((-size, owner))
    largest = np.zeros(len(size), bool)
    first = np.ones(len(size), bool)
    first[1:] = np.diff(owner[by_size].astype(np.int64)) != 0
    largest[by_size[first]] = True
    return part, owner, largest
