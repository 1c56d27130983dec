"""How much every true object overlaps every predicted one: the one pass that all scores share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data import Instances
from ..errors import InputError

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Overlap:
    """Sizes of the objects of one image and of the parts that they share.

    The pairs that share at least a pixel are ordered by prediction and then by truth.

    Attributes
    ----------
    truth_ids, prediction_ids : (G,), (D,) int64
        Ids in the label image, ascending; 1..N for masks.
    truth_area, prediction_area : (G,), (D,) int64
        Pixels of each object.
    truth_index, prediction_index : (P,) int64
        Which objects form a pair, counted from 0.
    intersection : (P,) int64
        Pixels that they share.
    """

    truth_ids: Int64
    prediction_ids: Int64
    truth_area: Int64
    prediction_area: Int64
    truth_index: Int64
    prediction_index: Int64
    intersection: Int64

    @property
    def n_truth(self) -> int:
        """Number of true objects."""
        return len(self.truth_ids)

    @property
    def n_prediction(self) -> int:
        """Number of predicted objects."""
        return len(self.prediction_ids)

    @cached_property
    def iou(self) -> Float64:
        """Intersection over union of each pair."""
        both = self.truth_area[self.truth_index] + self.prediction_area[self.prediction_index]
        return self.intersection / (both - self.intersection)

    def only(self, truth: NDArray[np.bool_], prediction: NDArray[np.bool_]) -> Overlap:
        """Return the overlap of some of the objects.

        Parameters
        ----------
        truth, prediction : (G,), (D,) bool
            Which are kept.
        """
        pairs = truth[self.truth_index] & prediction[self.prediction_index]
        return Overlap(
            self.truth_ids[truth],
            self.prediction_ids[prediction],
            self.truth_area[truth],
            self.prediction_area[prediction],
            (np.cumsum(truth) - 1)[self.truth_index[pairs]],
            (np.cumsum(prediction) - 1)[self.prediction_index[pairs]],
            self.intersection[pairs],
        )


def overlap(truth: Instances | NDArray[Any], prediction: Instances | NDArray[Any]) -> Overlap:
    """Compare two segmentations of an image in one pass.

    Label images are read pixel by pixel, masks run by run: masks may overlap and are never
    drawn into a label image.

    Parameters
    ----------
    truth, prediction
        (Y, X) label images or `Instances`.

    Raises
    ------
    InputError
        If the shapes differ, or an array is not a label image.
    """
    truth, prediction = as_instances(truth), as_instances(prediction)
    check_shapes(truth.shape, prediction.shape)
    if truth.labels is None or prediction.labels is None:
        from .runs import overlap_of_runs

        return Overlap(*overlap_of_runs(truth, prediction))
    from .table import count_labels, new_table

    table, _ = count_labels(truth.labels.ravel(), prediction.labels.ravel(), 1, new_table(), 0)
    return from_table(table)


def as_instances(objects: Instances | NDArray[Any]) -> Instances:
    """Wrap a label image; leave `Instances` as they are."""
    return objects if isinstance(objects, Instances) else Instances.from_labels(np.asarray(objects))


def check_shapes(truth: tuple[int, ...], prediction: tuple[int, ...]) -> None:
    """Raise `InputError` if two images can't be of the same scene."""
    if truth != prediction:
        sizes = [" x ".join(map(str, shape)) for shape in (truth, prediction)]
        raise InputError(
            f"The truth is {sizes[0]} pixels, the prediction {sizes[1]}: they must be equal. "
            "Crop or resize one of them."
        )


def from_table(table: Int64) -> Overlap:
    """Read the overlap of two label images from the table that `count_labels` filled."""
    from .table import pairs_of

    truth, prediction, pixels = pairs_of(table)
    truth_ids, truth_index = np.unique(truth, return_inverse=True)
    prediction_ids, prediction_index = np.unique(prediction, return_inverse=True)
    truth_area = np.bincount(truth_index, pixels, len(truth_ids)).astype(np.int64)
    prediction_area = np.bincount(prediction_index, pixels, len(prediction_ids)).astype(np.int64)
    # Id 0 is background: drop it from both sides.
    t0, p0 = int(0 in truth_ids[:1]), int(0 in prediction_ids[:1])
    both = (truth > 0) & (prediction > 0)
    return Overlap(
        truth_ids[t0:],
        prediction_ids[p0:],
        truth_area[t0:],
        prediction_area[p0:],
        truth_index[both] - t0,
        prediction_index[both] - p0,
        pixels[both],
    )
