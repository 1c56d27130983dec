"""Two segmentations compared cell by cell, with a truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .counts import matched_pairs
from .overlap import Overlap

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]
Bool = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Finding:
    """What a segmentation makes of each true cell.

    Attributes
    ----------
    truth_ids : (G,) int64
        Labels of the true cells, ascending.
    found : (G,) bool
        Whether the cell has a match, one to one, at the IoU threshold.
    match : (G,) int64
        Label of its match; 0 without.
    best_iou : (G,) float64
        Highest IoU with any predicted cell, whether that is matched with it or not.
    false : (F,) int64
        Labels of predicted cells without a match.
    right : (D,) bool
        Whether each predicted cell has one, in ascending order of the labels.
    """

    truth_ids: Int64
    found: Bool
    match: Int64
    best_iou: Float64
    false: Int64
    right: Bool


def finding(overlap: Overlap, threshold: float = 0.5) -> Finding:
    """Say of each true cell whether it is found, and how well.

    Parameters
    ----------
    overlap
        Of truth and prediction.
    threshold
        IoU from which on a cell counts as found; cells are matched one to one, see
        `scoring.counts.matched_pairs`.
    """
    pairs = matched_pairs(overlap, threshold)
    match = np.zeros(overlap.n_truth, np.int64)
    match[overlap.truth_index[pairs]] = overlap.prediction_ids[overlap.prediction_index[pairs]]
    best = np.zeros(overlap.n_truth)
    np.maximum.at(best, overlap.truth_index, overlap.iou)
    right = np.zeros(overlap.n_prediction, bool)
    right[overlap.prediction_index[pairs]] = True
    false = overlap.prediction_ids[~right]
    return Finding(overlap.truth_ids, match > 0, match, best, false, right)


@dataclass(frozen=True, eq=False)
class CellPairs:
    """The true cells as two segmentations A and B find them; see `Finding`."""

    a: Finding
    b: Finding

    @property
    def both(self) -> Bool:
        """True cells that A and B find, (G,)."""
        return self.a.found & self.b.found

    @property
    def only_a(self) -> Bool:
        """True cells that A finds and B doesn't, (G,)."""
        return self.a.found & ~self.b.found

    @property
    def only_b(self) -> Bool:
        """True cells that B finds and A doesn't, (G,)."""
        return ~self.a.found & self.b.found

    @property
    def neither(self) -> Bool:
        """True cells that none of the two finds, (G,)."""
        return ~self.a.found & ~self.b.found


def cell_pairs(a: Finding, b: Finding) -> CellPairs:
    """Compare what two segmentations make of the same true cells.

    Raises
    ------
    InputError
        If the true cells aren't the same.
    """
    if not np.array_equal(a.truth_ids, b.truth_ids):
        raise InputError("The two were compared with different truths: compare them with one.")
    return CellPairs(a, b)
