"""How well outlines agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.instances import as_labels
from .overlap import check_shapes


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


def boundary_score(
    truth: NDArray[Any], prediction: NDArray[Any], tolerance: float = 2.0
) -> BoundaryScore:
    """Compare the boundaries of all objects, whatever object they belong to.

    A boundary is the pixels of an object that touch another object or background along an axis;
    the edge of the image makes none. This is the measure of Csurka et al. 2013
    (doi:10.5244/C.27.32), who take 0.75 % of the image's diagonal as tolerance.

    Parameters
    ----------
    truth, prediction : (Y, X) integer
    tolerance
        Distance in pixels at which boundaries count as the same.

    Raises
    ------
    InputError
        If the shapes differ or an array is not a label image.
    """
    from scipy.ndimage import distance_transform_edt
    from skimage.segmentation import find_boundaries

    check_shapes(truth.shape, prediction.shape)
    edges = [
        find_boundaries(as_labels(x), connectivity=1, mode="inner") for x in (truth, prediction)
    ]

    def near(edge: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
        if not edge.any() or not other.any():
            return 0.0 if edge.any() or other.any() else float("nan")
        return float((distance_transform_edt(~other)[edge] <= tolerance).mean())

    precision, recall = near(edges[1], edges[0]), near(edges[0], edges[1])
    both = precision + recall
    return BoundaryScore(precision, recall, 2 * precision * recall / both if both else 0.0)
