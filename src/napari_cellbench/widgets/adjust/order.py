"""What the Adjust widget orders from its thread, and what it gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ...data import Instances
from ...data.source import Region
from ...errors import InputError
from ...morphology.parts import Parts

Way = Literal["distance", "iterations"]
"""Straight-line distance, or iterations of binary dilation and erosion; cells stop each other."""


@dataclass(frozen=True, eq=False)
class AdjustOrder:
    """What the user asked for, with the layers' arrays as they were then.

    Attributes
    ----------
    labels, mask, truth
        Arrays of the layers; may be lazy. `mask` and `truth` are of the labels' shape, or of that
        of the plane or volume worked on.
    index
        Plane (or volume) to work on, along the leading axes.
    region
        Rows and columns to preview, of a large plane; empty for all.
    spacing
        Size of a pixel along each axis worked along; 1 for the last one.
    reach
        Greatest distance of the slider, in pixels.
    outside
        Whether labels may grow outside of the mask's objects rather than inside.
    true_masks
        Masks of the plane that the truth layer shows flattened, if there are any.
    distance
        Pixels; negative shrinks.
    edition
        Grows whenever a layer may have been edited.
    """

    labels: Any
    index: tuple[int, ...]
    region: Region | tuple[()]
    spacing: tuple[float, ...]
    reach: float
    mask: Any
    outside: bool
    truth: Any
    true_masks: Instances | None
    distance: float
    way: Way
    parts: Parts
    edition: int


class Preparing:
    """The distances are being computed: the first preview takes longer than the next ones."""


class Changed:
    """Labels or truth have other pixels than before: what was computed of them is out of date."""


@dataclass(frozen=True, eq=False)
class Adjusted:
    """Labels at a distance, of the plane or volume worked on, and how many cells were lost."""

    order: AdjustOrder
    labels: NDArray[Any]
    n_objects: int
    lost: int


@dataclass(frozen=True)
class Figures:
    """Agreement of labels with the truth.

    Attributes
    ----------
    AP50, mAP
        COCO's, all objects with confidence 1. NaN without true objects.
    mean_iou
        Mean over all true objects of their highest IoU, as in the benchmark paper's Figure 5.
    """

    AP50: float
    mAP: float  # noqa: N815 (the metric's own name)
    mean_iou: float


@dataclass(frozen=True)
class Scored:
    """Score at the distance and of the original, or why there is none."""

    now: Figures | None
    original: Figures | None
    problem: str = ""


@dataclass(frozen=True, eq=False)
class Applied:
    """Labels of the whole layer, and how many cells were lost in all."""

    order: AdjustOrder
    labels: NDArray[Any]
    n_objects: int
    lost: int


def cut(order: AdjustOrder, data: Any, index: tuple[int, ...], name: str) -> NDArray[Any]:
    """Return the part of a layer's array that goes with the plane or volume worked on.

    Raises
    ------
    InputError
        If the layers differ in size.
    """
    shape = order.labels.shape[len(index) :]
    leading = index if data.ndim == order.labels.ndim else ()
    found = data.shape[len(leading) :]
    if found != shape:
        sizes = [" x ".join(map(str, size)) for size in (found, shape)]
        raise InputError(
            f"The {name} is {sizes[0]} pixels, the labels are {sizes[1]}: choose layers of one "
            "size."
        )
    return np.asarray(data[(*leading, *order.region)])


def cut_mask(order: AdjustOrder, index: tuple[int, ...]) -> NDArray[np.bool_] | None:
    """Return where labels may grow; None for everywhere."""
    if order.mask is None:
        return None
    inside: NDArray[np.bool_] = cut(order, order.mask, index, "mask") > 0
    return ~inside if order.outside else inside
