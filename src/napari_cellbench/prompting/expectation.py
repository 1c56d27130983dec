"""How large the cells of an image are likely to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .prompts import Candidate

ENOUGH = 3
"""Cells of which a usual size can be told."""
SPREAD_BOUNDS = (0.35, 0.9)
"""Of log areas: few cells look more alike, or more varied, than they are."""
SMALLEST = 12
"""Area in pixels under which a mask is no cell."""
LARGEST_SHARE = 0.25
"""Share of a view above which a mask is not a cell but the background."""
SURE, LEAST_SURE, SHARE_OF_SUREST = 0.6, 0.3, 0.7
"""Trust from which a mask counts: a decoder that has learnt cells is less sure of all masks, so
that it goes by the surest one, within these."""
SAME = 0.7
"""IoU of two masks' boxes from which they are one object, found twice."""
BANDWIDTH = 0.35
"""Of log areas: how far apart the areas of one kind of cell are."""
LIKELY_SHARE = 1 / 16
"""Size of a cell by the side of the view, where nothing is known: who looks for cells sees them."""
LIKELY_SPREAD = 0.8
"""Of the log area, likewise; and of what the image alone tells."""
REACH = 0.3
"""Power of the area by which larger objects are met more often by points; chosen on `train`."""


@dataclass(frozen=True)
class Expectation:
    """The usual area of a cell.

    Attributes
    ----------
    log_area
        Mean of the natural logarithm of areas in pixels.
    spread
        Its standard deviation.
    source
        Whether the cells that are there told it, or what SAM finds all over the image.
    """

    log_area: float
    spread: float
    source: Literal["labels", "image"]

    @property
    def size(self) -> float:
        """Square root of the usual area, in pixels."""
        return float(np.exp(self.log_area / 2))

    @property
    def diameter(self) -> float:
        """Of a disc of the usual area, in pixels."""
        return 2 * self.size / float(np.sqrt(np.pi))


def from_labels(labels: NDArray[Any], without: int = 0) -> Expectation | None:
    """Learn the usual area from cells that are there; None if there are too few.

    Parameters
    ----------
    labels : (Y, X) integer
        0 where there is no cell.
    without
        Label of a cell that is not to count: the one that is being made.
    """
    ids, areas = np.unique(labels, return_counts=True)
    return from_areas(areas[(ids != 0) & (ids != without)])


def from_areas(areas: NDArray[Any]) -> Expectation | None:
    """Learn the usual area from areas in pixels; None if there are too few.

    The median, and the spread of the middle half: specks and clumps change little.
    """
    logs = np.log(np.asarray(areas, np.float64)[np.asarray(areas) >= SMALLEST])
    if len(logs) < ENOUGH:
        return None
    low, middle, high = np.percentile(logs, (25, 50, 75))
    spread = float(np.clip((high - low) / 1.349, *SPREAD_BOUNDS))
    return Expectation(float(middle), spread, "labels")


def from_candidates(found: Sequence[Candidate], view_area: int) -> Expectation | None:
    """Guess the usual area from masks of a grid of points; None if there are too few.

    The commonest log area of what SAM is sure of, each object once, weighed by how likely such
    cells are in a view. On training images it is mostly within a factor of 1.6 of the true size
    (square root of the area) in views of 512; in views that hold few cells it is worse.

    Parameters
    ----------
    found
        Of all points, at most the three masks of each.
    view_area
        Pixels of the view, of which the background and clumps are large shares.
    """
    areas = np.array([np.count_nonzero(c.mask) for c in found], np.float64)
    trust = np.array([c.iou * c.stability for c in found])
    possible = (areas >= SMALLEST) & (areas <= LARGEST_SHARE * view_area)
    surest = trust[possible].max(initial=0.0)
    possible &= trust > np.clip(SHARE_OF_SUREST * surest, LEAST_SURE, SURE)
    order = [i for i in np.argsort(-trust, kind="stable") if possible[i]]
    boxes = np.array([[*c.offset, *np.add(c.offset, c.mask.shape)] for c in found], np.float64)
    chosen: list[int] = []
    for i in order:
        if not chosen or _box_iou(boxes[i], boxes[chosen]).max() < SAME:
            chosen.append(i)
    if len(chosen) < ENOUGH:
        return None
    logs = np.log(areas[chosen])
    weights = trust[chosen] ** 2 * np.exp(-REACH * (logs - logs.mean()))
    at = np.linspace(logs.min(), logs.max(), 128)
    density = (weights * np.exp(-0.5 * ((at[:, None] - logs) / BANDWIDTH) ** 2)).sum(1)
    usual = np.log(view_area * LIKELY_SHARE**2)
    density *= np.exp(-0.5 * ((at - usual) / LIKELY_SPREAD) ** 2)
    return Expectation(float(at[density.argmax()]), LIKELY_SPREAD, "image")


def _box_iou(box: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the IoU of a box and (N, 4) others: first row and column, those behind the last."""
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    shared = np.maximum(high - low, 0).prod(1)
    area = (box[2:] - box[:2]).prod()
    found: NDArray[np.float64] = shared / (area + (others[:, 2:] - others[:, :2]).prod(1) - shared)
    return found
