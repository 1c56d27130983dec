"""How far to grow nuclei (or shrink cells) to fit the truth best."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..data import Instances
from ..scoring.coco import accumulate, match_image
from ..scoring.overlap import overlap
from ..scoring.paper import best_ious
from .growth import GrowthField

Figure = Literal["mean_iou", "AP50", "mAP"]


@dataclass(frozen=True, eq=False)
class DistanceCurve:
    """Agreement with the truth by distance, as in the benchmark paper's Figure 5.

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

    Raises
    ------
    InputError
        If an image's shapes differ or an array is not a label image.
    ValueError
        If there are no images.
    """
    matches: list[list[Any]] = [[] for _ in distances]
    best: list[list[NDArray[np.float64]]] = [[] for _ in distances]
    for done, (labels, truth) in enumerate(images, start=1):
        field = GrowthField(labels, max((abs(d) for d in distances), default=0))
        for k, distance in enumerate(distances):
            pairs = overlap(truth, field.at(distance))
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
