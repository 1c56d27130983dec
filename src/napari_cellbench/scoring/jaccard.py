"""The aggregated Jaccard index."""

from __future__ import annotations

import numpy as np

from .overlap import Overlap


def aggregated_jaccard(overlap: Overlap) -> float:
    """Return the aggregated Jaccard index (AJI) of Kumar et al. 2017, doi:10.1109/TMI.2017.2677499.

    Each true object takes the prediction with the highest IoU, the first of equals; a prediction
    may be taken more than once. The index is the sum of their intersections by the sum of their
    unions and of the areas of predictions never taken. True objects that nothing overlaps add
    their own area. NaN where there are no objects at all.

    Cellpose's function of this name matches one to one and divides by the union of all objects.
    """
    shared, total = jaccard_sums(overlap)
    return shared / total if total else float("nan")


def jaccard_sums(overlap: Overlap) -> tuple[int, int]:
    """Return the sums that the index is the ratio of, in pixels: those of several images add up."""
    # By truth, best IoU first, then the lower prediction: the first of each truth is taken.
    order = np.lexsort((overlap.prediction_index, -overlap.iou, overlap.truth_index))
    pairs = order[np.unique(overlap.truth_index[order], return_index=True)[1]]
    prediction = overlap.prediction_index[pairs]
    shared = overlap.intersection[pairs].sum()
    alone = np.delete(overlap.prediction_area, np.unique(prediction)).sum()
    # Every true area counts, and a prediction's as often as it is taken.
    total = overlap.truth_area.sum() + overlap.prediction_area[prediction].sum() - shared + alone
    return int(shared), int(total)
