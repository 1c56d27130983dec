"""Which candidates are cells: a whole, or the parts that it may fall into.

Source: the write-up of [ods.ai] topcoders, first place of the Data Science Bowl 2018.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .cells import Labels, Map, core, parts_of
from .features import COUNT, Candidate, Surroundings, described
from .trees import FOLDS, Forest, grow_forest

FEWEST = 30
"""Candidates below which no trees are fitted; nor are they to fewer images than folds."""
RIGHT = 0.5
"""Overlap with a true cell (IoU) up to which a candidate counts as none."""
BETTER = 0.05
"""By how much parts must be more certain than the whole, where no trees decide."""

Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Family:
    """A cell of the watersheds with what it may fall into.

    Attributes
    ----------
    whole
        The cell.
    levels
        Its parts at each level that has more than one.
    """

    whole: Candidate
    levels: list[list[Candidate]]

    @property
    def members(self) -> list[Candidate]:
        """All candidates, the whole first."""
        return [self.whole, *(part for parts in self.levels for part in parts)]


def families(labels: Labels, body: Map, border: Map, extended: Map) -> list[Family]:
    """Gather the candidates of each cell.

    Parameters
    ----------
    labels : (Y, X) int32
        Of `found_cells`, 1..N.
    body, border, extended : (Y, X) uint8
        As for `found_cells`.
    """
    from scipy.ndimage import find_objects

    certain = core(body, border)
    mean = ((body.astype(np.uint16) + extended) // 2).astype(np.uint8)
    found = []
    for number, box in enumerate(find_objects(labels), 1):
        if box is None:
            continue
        cell = labels[box] == number
        area = int(cell.sum())
        levels = []
        for level, parts in parts_of(cell, certain[box], mean[box]):
            count = int(parts.max())
            levels.append(
                [Candidate(parts == n, box, level, count, area) for n in range(1, count + 1)]
            )
        found.append(Family(Candidate(cell, box, 0, 1, area), levels))
    return found


def chosen(
    found: Sequence[Family], values: Sequence[Floats], lowest: float, *, are_ranks: bool
) -> list[tuple[Candidate, float]]:
    """Choose between wholes and parts: the first level wins that promises more than the whole.

    Parameters
    ----------
    found
        Families.
    values
        How good each member of a family is.
    lowest
        Candidates below it are dropped.
    are_ranks
        Whether the values are of `by_trees`: then the best of the parts decides, as the winners
        had it; else their mean, by a margin.

    Returns
    -------
    list of (candidate, how good it is)
    """
    kept = []
    for family, of_family in zip(found, values, strict=True):
        whole, rest = float(of_family[0]), of_family[1:]
        taken = [(family.whole, whole)]
        for parts in family.levels:
            of_parts, rest = rest[: len(parts)], rest[len(parts) :]
            promise = of_parts.max() if are_ranks else of_parts.mean() - BETTER
            if promise > whole:
                taken = [(part, float(v)) for part, v in zip(parts, of_parts, strict=True)]
                break
        kept += [(one, value) for one, value in taken if value >= lowest]
    return kept


def by_trees(found: Sequence[Family], forest: Forest, around: Surroundings) -> list[Floats]:
    """Return the overlap with a true cell that trees expect of each candidate."""
    everything = [one for family in found for one in family.members]
    values = forest.predict(described(everything, around)).clip(0, 1)
    ends = np.cumsum([len(family.members) for family in found])
    return np.split(values, ends[:-1]) if len(ends) else []


def by_certainty(found: Sequence[Family], body: Map, border: Map) -> list[Floats]:
    """Return how certain the map is of each candidate within its rim, 0..1."""
    from scipy.ndimage import binary_erosion

    certain = core(body, border)

    def of(one: Candidate) -> float:
        inner = binary_erosion(one.mask, np.ones((3, 3), bool))
        return float(certain[one.box][inner if inner.any() else one.mask].mean())

    return [np.array([of(one) for one in family.members]) for family in found]


def drawn(
    kept: Sequence[tuple[Candidate, float]], shape: tuple[int, ...]
) -> tuple[Labels, NDArray[np.float32]]:
    """Draw candidates, which don't overlap, as labels; return these and their values."""
    labels = np.zeros(shape, np.int32)
    for number, (one, _) in enumerate(kept, 1):
        labels[one.box][one.mask] = number
    return labels, np.array([value for _, value in kept], np.float32)


def overlaps(candidates: Sequence[Candidate], truth: NDArray[np.integer]) -> Floats:
    """Return each candidate's overlap (IoU) with the cell that it covers most; 0 up to a half.

    Parameters
    ----------
    candidates
        Of an image.
    truth : (Y, X) integer
        Its true labels.
    """
    areas = np.bincount(truth.ravel())
    found = np.zeros(len(candidates))
    for number, one in enumerate(candidates):
        shared = np.bincount(truth[one.box][one.mask], minlength=len(areas))
        shared[0] = 0
        unions = areas + one.mask.sum() - shared
        best = float((shared / np.maximum(unions, 1)).max())
        found[number] = best if best > RIGHT else 0.0
    return found


def fitted(examples: Sequence[tuple[Floats, Floats]], seed: int) -> Forest | None:
    """Fit trees to the features and overlaps of each image; None where there are too few."""
    if len(examples) < FOLDS or sum(len(truth) for _, truth in examples) < FEWEST:
        return None
    features = np.concatenate([rows for rows, _ in examples])
    truth = np.concatenate([values for _, values in examples])
    groups = np.repeat(np.arange(len(examples)), [len(values) for _, values in examples])
    return grow_forest(features.reshape(-1, COUNT), truth, groups, seed)
