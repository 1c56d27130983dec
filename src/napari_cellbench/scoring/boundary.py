"""How well outlines agree."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.instances import Instances
from ..data.rle import pixels
from ..errors import InputError
from .overlap import Overlap, check_shapes


@dataclass(frozen=True)
class BoundaryScore:
    """Agreement of boundaries; 0 where one side has none, NaN where both have none.

    Attributes
    ----------
    precision
        Part of the predicted boundary that is near a true one.
    recall
        Part of the true boundary that is near a predicted one.
    f
        Their harmonic mean: the boundary F measure.
    """

    precision: float
    recall: float
    f: float


@dataclass(frozen=True)
class BoundaryCounts:
    """Pixels of boundaries; those of several images may be added.

    Attributes
    ----------
    near_prediction, n_prediction
        Of the predicted boundary: near a true one, and all.
    near_truth, n_truth
        Of the true boundary: near a predicted one, and all.
    """

    near_prediction: int
    n_prediction: int
    near_truth: int
    n_truth: int

    def __add__(self, other: BoundaryCounts) -> BoundaryCounts:
        """Pool the boundaries of two images."""
        return BoundaryCounts(
            self.near_prediction + other.near_prediction,
            self.n_prediction + other.n_prediction,
            self.near_truth + other.near_truth,
            self.n_truth + other.n_truth,
        )

    def score(self) -> BoundaryScore:
        """Return what the counts amount to."""
        if not self.n_prediction and not self.n_truth:
            return BoundaryScore(math.nan, math.nan, math.nan)
        precision = self.near_prediction / max(1, self.n_prediction)
        recall = self.near_truth / max(1, self.n_truth)
        both = precision + recall
        return BoundaryScore(precision, recall, 2 * precision * recall / both if both else 0.0)


def checked_boundary(tolerance: float | None) -> float | None:
    """Return a tolerance, or raise an `InputError` if there can be no such."""
    if tolerance is not None and not 0 <= tolerance < math.inf:
        raise InputError(f"The tolerance of boundaries is {tolerance:g}: give pixels, 0 or more.")
    return tolerance


def boundary_score(
    truth: NDArray[Any], prediction: NDArray[Any], tolerance: float = 2.0
) -> BoundaryScore:
    """Compare the boundaries of all objects of one image; see `boundary_counts`."""
    return boundary_counts(truth, prediction, tolerance).score()


def boundary_counts(
    truth: NDArray[Any] | Instances, prediction: NDArray[Any] | Instances, tolerance: float = 2.0
) -> BoundaryCounts:
    """Count which pixels of the boundaries agree, whatever object they belong to.

    A boundary is the pixels of an object that touch another object or background along an axis;
    the edge of the image makes none. Each of several masks that overlap has its own, whole. This is
    the measure of Csurka et al. 2013 (doi:10.5244/C.27.32), who take 0.75 % of the image's diagonal
    as tolerance.

    Parameters
    ----------
    truth, prediction : (Y, X) integer, or Instances
    tolerance
        Distance in pixels at which boundaries count as the same.

    Raises
    ------
    InputError
        If the shapes differ or an array is not a label image.
    """
    from scipy.ndimage import distance_transform_edt

    check_shapes(truth.shape, prediction.shape)
    true, predicted = (_boundary(x) for x in (truth, prediction))

    def near(edge: NDArray[np.bool_], other: NDArray[np.bool_]) -> int:
        if not edge.any() or not other.any():
            return 0
        return int((distance_transform_edt(~other)[edge] <= tolerance).sum())

    return BoundaryCounts(
        near(predicted, true), int(predicted.sum()), near(true, predicted), int(true.sum())
    )


def counted_boundaries(
    truth: Instances, prediction: Instances, counted: Overlap, tolerance: float
) -> BoundaryCounts:
    """Compare the boundaries of the objects that count.

    Parameters
    ----------
    truth, prediction
        All objects.
    counted
        Those that count.
    tolerance
        In pixels.
    """
    sides = (truth, counted.truth_ids), (prediction, counted.prediction_ids)
    true, found = (_those_of(objects, ids) for objects, ids in sides)
    return boundary_counts(true, found, tolerance)


def _those_of(objects: Instances, ids: NDArray[np.integer[Any]]) -> Instances:
    if objects.masks is None:
        labels = objects.to_labels()
        return Instances.from_labels(np.where(np.isin(labels, ids), labels, 0))
    return Instances.from_masks([objects.masks[i - 1] for i in ids], objects.shape)


def _boundary(objects: NDArray[Any] | Instances) -> NDArray[np.bool_]:
    from skimage.segmentation import find_boundaries

    if not isinstance(objects, Instances):
        objects = Instances.from_labels(objects)
    found: NDArray[np.bool_]
    if objects.labels is not None:
        found = find_boundaries(objects.labels, connectivity=1, mode="inner")
        return found
    found = np.zeros(objects.shape, bool)
    for mask in objects.to_masks():
        y, x = pixels(mask)
        if not len(y):
            continue
        # With what surrounds it, as far as the image goes.
        top, left = max(0, y.min() - 1), max(0, x.min() - 1)
        place = slice(top, y.max() + 2), slice(left, x.max() + 2)
        there = found[place]
        one = np.zeros(there.shape, bool)
        one[y - top, x - left] = True
        there |= find_boundaries(one, connectivity=1, mode="inner")
    return found
