"""A metric of one's own: the Dice coefficient of all that is cell."""

import math

from napari_cellbench.scoring.overlap import Overlap, overlap


def foreground_dice(pairs: Overlap) -> float:
    both = pairs.truth_area.sum() + pairs.prediction_area.sum()
    return float(2 * pairs.intersection.sum() / both) if both else math.nan


def foreground_dice_of(truth, prediction) -> float:
    return foreground_dice(overlap(truth, prediction))
