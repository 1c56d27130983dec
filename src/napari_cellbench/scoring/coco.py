"""Average precision and recall as the COCO challenge defines them.

The figures equal those of pycocotools. Mind one trap there: ``COCOeval.summarize()`` looks for
maxDets 100 in its first line whatever was asked for, so with other limits it silently reports the
wrong one; the right figures are in ``eval["precision"][..., -1]``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from .overlap import Overlap

MAX_DETECTIONS = 3000
"""Up to so many detections of an image the figures are those of pycocotools with maxDets 3000.

COCO's own limit, 100, is far too low for cells. Here all detections count, and where an image has
more than these the figures equal those of pycocotools with a higher maxDets.
"""

THRESHOLDS = np.linspace(0.5, 0.95, 10)
"""IoU thresholds, to the last bit those of pycocotools (the ninth is just below 0.9)."""

FALSE, TRUE, IGNORED = 0, 1, 2
"""What becomes of a detection."""

RECALLS = np.linspace(0.0, 1.0, 101)

AREA_RANGES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "all": (0, 1e5**2),
        "small": (0, 32**2),
        "medium": (32**2, 96**2),
        "large": (96**2, 1e5**2),
    }
)
"""Sizes in pixels, both ends included."""

ALL_AREAS = MappingProxyType({"all": AREA_RANGES["all"]})


@dataclass(frozen=True, eq=False)
class ImageMatches:
    """What became of the detections of one image.

    Attributes
    ----------
    scores : (D,) float64
        Falling.
    outcome : (A, T, D) int8
        `FALSE`, `TRUE` or `IGNORED`; by area range and IoU threshold.
    n_truth : (A,) int64
        True objects that count.
    areas
        Names of the area ranges.
    """

    scores: NDArray[np.float64]
    outcome: NDArray[np.int8]
    n_truth: NDArray[np.int64]
    areas: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class CocoResult:
    """Precision and recall over a set of images; NaN where there is no true object.

    Attributes
    ----------
    precision : (A, T, 101) float64
        Interpolated precision at the recalls 0, 0.01 .. 1.
    recall : (A, T) float64
        Highest recall.
    right, wrong : (A, T) int64
        Detections that match, and those that don't.
    n_truth : (A,) int64
        True objects that count.
    most_detections
        Detections of the image that has most.
    areas
        Names of the area ranges.
    """

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    right: NDArray[np.int64]
    wrong: NDArray[np.int64]
    n_truth: NDArray[np.int64]
    most_detections: int
    areas: tuple[str, ...]

    def ap(self, threshold: float | None = None, area: str = "all") -> float:
        """Return the average precision at an IoU threshold, or the mean over all ten."""
        values = self.precision[self.areas.index(area)].mean(axis=-1)
        return float(values.mean() if threshold is None else values[_nearest(threshold)])

    def ar(self, threshold: float | None = None, area: str = "all") -> float:
        """Return the recall at an IoU threshold, or the mean over all ten."""
        values = self.recall[self.areas.index(area)]
        return float(values.mean() if threshold is None else values[_nearest(threshold)])

    def ap_range(self, threshold: float | None = None, area: str = "all") -> tuple[float, float]:
        """Return the lowest and the highest AP that the same matches give in any order.

        They are reached with all wrong detections first, and with all right ones first. The lowest
        is also the AP of a single confidence for all: precision times recall, but for COCO's
        reading of the curve at 101 recalls.
        """
        a = self.areas.index(area)
        if not self.n_truth[a]:
            return float("nan"), float("nan")
        found = self.right[a] / self.n_truth[a]
        reached = (found[:, None] >= RECALLS).mean(axis=1) * (self.right[a] > 0)
        share = self.right[a] / np.maximum(self.right[a] + self.wrong[a], 1)
        ends = np.stack([reached * share, reached])
        low, high = ends.mean(axis=1) if threshold is None else ends[:, _nearest(threshold)]
        return float(low), float(high)


def match_image(
    overlap: Overlap,
    scores: ArrayLike | None = None,
    crowd: Sequence[bool] | NDArray[np.bool_] | None = None,
    areas: Mapping[str, tuple[float, float]] = ALL_AREAS,
    max_detections: int | None = None,
    true_areas: ArrayLike | None = None,
) -> ImageMatches:
    """Match the predictions of one image to its truth at all ten IoU thresholds.

    Parameters
    ----------
    overlap
        The image's objects.
    scores : (N,)
        Confidence of each prediction. COCO's ranking is undefined without: then all are 1 and keep
        their order, by id, as pycocotools does with equal scores.
    crowd : (G,)
        True objects that are regions of many cells: a prediction inside counts neither as right
        nor as wrong.
    areas
        Sizes in pixels by name.
    max_detections
        Detections that count, best scores first; all by default.
    true_areas : (G,)
        Sizes of the true objects for the area ranges, as COCO's annotations state them; by default
        the numbers of their pixels, which the predictions' sizes always are.

    Raises
    ------
    InputError
        If there are not as many scores as predictions, or a score is NaN.
    """
    from .coco_kernels import match

    confidence = checked_scores(scores, overlap.n_prediction)
    is_crowd = np.zeros(overlap.n_truth, bool) if crowd is None else np.asarray(crowd, bool)
    if len(is_crowd) != overlap.n_truth:
        raise InputError(f"{overlap.n_truth} true objects but {len(is_crowd)} crowd flags.")
    order = np.argsort(-confidence, kind="stable")[:max_detections]
    low, high = np.array(list(areas.values()), float).reshape(-1, 2).T[..., None]
    sizes = overlap.truth_area if true_areas is None else np.asarray(true_areas, float)
    ignore = (sizes < low) | (sizes > high) | is_crowd
    outside = (overlap.prediction_area < low) | (overlap.prediction_area > high)
    iou = overlap.iou
    if is_crowd.any():
        # In a crowd region the part of the prediction that lies inside takes the IoU's place.
        inside = overlap.intersection / overlap.prediction_area[overlap.prediction_index]
        iou = np.where(is_crowd[overlap.truth_index], inside, iou)
    first = np.searchsorted(overlap.prediction_index, np.arange(overlap.n_prediction + 1))
    outcome = match(order, first, overlap.truth_index, iou, ignore, is_crowd, outside, THRESHOLDS)
    return ImageMatches(confidence[order], outcome, (~ignore).sum(axis=1), tuple(areas))


def accumulate(images: Sequence[ImageMatches]) -> CocoResult:
    """Rank the detections of all images together and return precision and recall.

    Raises
    ------
    ValueError
        If there is no image, or they were matched with different area ranges.
    """
    from .coco_kernels import curve

    if not images or len({image.areas for image in images}) != 1:
        raise ValueError("Give at least one image, all with the same area ranges.")
    areas = images[0].areas
    scores = np.concatenate([image.scores for image in images])
    order = np.argsort(-scores, kind="stable")
    n_truth = np.sum([image.n_truth for image in images], axis=0)
    precision = np.full((len(areas), len(THRESHOLDS), len(RECALLS)), np.nan)
    recall = np.full((len(areas), len(THRESHOLDS)), np.nan)
    right, wrong = (
        np.sum([(image.outcome == what).sum(axis=2) for image in images], axis=0)
        for what in (TRUE, FALSE)
    )
    for a in np.flatnonzero(n_truth):
        for t in range(len(THRESHOLDS)):
            outcome = np.concatenate([image.outcome[a, t] for image in images])[order]
            precision[a, t], recall[a, t] = curve(outcome, n_truth[a], RECALLS)
    most = max(len(image.scores) for image in images)
    return CocoResult(precision, recall, right, wrong, n_truth, most, areas)


def checked_scores(scores: ArrayLike | None, n: int) -> NDArray[np.float64]:
    """Return one confidence per prediction: all 1 where the method gives none."""
    if scores is None:
        return np.ones(n)
    confidence = np.asarray(scores, np.float64)
    if confidence.shape != (n,):
        raise InputError(
            f"{n} predicted objects but scores of shape {confidence.shape}: give one per object, "
            "in ascending order of the ids."
        )
    if np.isnan(confidence).any():
        raise InputError("A score is not a number (NaN).")
    return confidence


def _nearest(threshold: float) -> int:
    nearest = int(np.abs(THRESHOLDS - threshold).argmin())
    if abs(THRESHOLDS[nearest] - threshold) > 1e-6:
        raise ValueError(f"COCO has no IoU threshold of {threshold}.")
    return nearest
