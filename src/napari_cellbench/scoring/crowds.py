"""Crowd regions: outlines of many cells that nobody has outlined one by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .counts import matched_pairs
from .overlap import Overlap

INSIDE = 0.5
"""A prediction belongs to a crowd region if so much of it lies inside."""


def with_crowds(overlap: Overlap, crowds: Overlap) -> tuple[Overlap, NDArray[np.bool_]]:
    """Put crowd regions behind the true objects, as COCO's matching takes them.

    Parameters
    ----------
    overlap, crowds
        True objects, and crowd regions, with the same predictions.

    Returns
    -------
    overlap
        Both together.
    is_crowd : (G,) bool
        For `napari_cellbench.scoring.coco.match_image`.
    """
    truth_index = np.concatenate([overlap.truth_index, crowds.truth_index + overlap.n_truth])
    prediction_index = np.concatenate([overlap.prediction_index, crowds.prediction_index])
    order = np.lexsort((truth_index, prediction_index))
    beyond = overlap.truth_ids.max(initial=0)
    together = replace(
        overlap,
        truth_ids=np.concatenate([overlap.truth_ids, crowds.truth_ids + beyond]),
        truth_area=np.concatenate([overlap.truth_area, crowds.truth_area]),
        truth_index=truth_index[order],
        prediction_index=prediction_index[order],
        intersection=np.concatenate([overlap.intersection, crowds.intersection])[order],
    )
    return together, np.arange(together.n_truth) >= overlap.n_truth


def without_crowded(overlap: Overlap, crowds: Overlap) -> Overlap:
    """Leave out predictions that belong to a crowd region, for figures that only count.

    Those are the predictions that match no true object at IoU 0.5 and lie at least half inside a
    crowd region: what the panoptic quality (Kirillov et al. 2019) does with void regions.
    """
    keep = np.ones(overlap.n_prediction, bool)
    inside = crowds.intersection / crowds.prediction_area[crowds.prediction_index]
    keep[crowds.prediction_index[inside >= INSIDE]] = False
    keep[overlap.prediction_index[matched_pairs(overlap)]] = True
    return overlap.only(np.ones(overlap.n_truth, bool), keep)
