"""How far to grow nuclei (or shrink cells) to fit the truth best."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..data import Instances
from ..errors import InputError
from ..scoring.coco import accumulate, match_image
from ..scoring.overlap import overlap
from ..scoring.paper import best_ious
from .growth import GrowthField
from .iterations import dilate, dilate_masks, erode

Figure = Literal["mean_iou", "AP50", "mAP"]
Way = Literal["distance", "iterations", "masks"]
"""Straight-line distance; iterations, where cells stop each other; or of each mask by itself."""


@dataclass(frozen=True, eq=False)
class DistanceCurve:
    """Agreement with the truth by distance, as in the benchmark paper's Figure 5 with way "masks".

    Attributes
    ----------
    distances : (N,) float64
        Pixels; negative ones shrink.
    mean_iou : (N,) float64
        Mean over all true objects of their highest IoU.
    AP50, mAP : (N,) float64
        COCO's, all objects with confidence 1.
    """

    distances: NDArray[np.float64]
    mean_iou: NDArray[np.float64]
    AP50: NDArray[np.float64]
    mAP: NDArray[np.float64]  # noqa: N815 (the metric's own name)

    def best(self, figure: Figure = "mean_iou") -> float:
        """Return the distance with the highest figure, of equals the least; NaN without truth."""
        values = getattr(self, figure)
        if np.isnan(values).all():
            return float("nan")
        best = np.flatnonzero(values == values.max())
        return float(self.distances[best[np.abs(self.distances[best]).argmin()]])


def fit_distance(
    images: Iterable[tuple[NDArray[Any], Instances | NDArray[Any]]],
    distances: Sequence[float] = tuple(range(11)),
    progress: Callable[[int], None] = lambda done: None,
    way: Way = "distance",
) -> DistanceCurve:
    """Score labels at several distances.

    Parameters
    ----------
    images
        (labels, truth) of each image, both (Y, X) integer; the truth may also be `Instances`.
    distances
        Pixels; negative ones shrink.
    progress
        Called with the number of images that are done; may raise `Cancelled`.
    way
        How labels grow and shrink; see `napari_cellbench.morphology.iterations`.

    Raises
    ------
    InputError
        If an image's shapes differ, an array is not a label image, or iterations are not whole.
    ValueError
        If there are no images.
    """
    matches: list[list[Any]] = [[] for _ in distances]
    best: list[list[NDArray[np.float64]]] = [[] for _ in distances]
    for done, (labels, truth) in enumerate(images, start=1):
        change = _changes(labels, distances, way)
        for k, distance in enumerate(distances):
            pairs = overlap(truth, change(distance))
            matches[k].append(match_image(pairs))
            best[k].append(best_ious(pairs)[1])
        progress(done)
    coco = [accumulate(images_at) for images_at in matches]
    ious = [np.concatenate(of_truth) for of_truth in best]
    return DistanceCurve(
        np.array(distances, float),
        np.array([iou.mean() if len(iou) else np.nan for iou in ious]),
        np.array([result.ap(0.5) for result in coco]),
        np.array([result.ap() for result in coco]),
    )


def _changes(
    labels: NDArray[Any], distances: Sequence[float], way: Way
) -> Callable[[float], Instances | NDArray[Any]]:
    """Return a function that gives the labels at a distance."""
    if way == "distance":
        return GrowthField(labels, max((abs(d) for d in distances), default=0)).at
    grow = dilate if way == "iterations" else dilate_masks

    def change(distance: float) -> Instances | NDArray[Any]:
        if distance != int(distance):
            raise InputError(f"A number of iterations is whole, not {distance}.")
        steps = int(distance)
        return grow(labels, steps) if steps >= 0 else erode(labels, -steps)

    return change
