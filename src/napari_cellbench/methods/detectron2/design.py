"""What tells the networks of one method of detectron2 from those of another."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from .network import Detector
from .settings import Order

State = Mapping[str, Tensor]

LARGEST = 4
"""Magnification with which cells are learnt."""


@dataclass(frozen=True)
class Design:
    """How networks of a method are built and read.

    Attributes
    ----------
    key, title, order
        Of the method.
    told
        Builds the network that a file's weights are of, for cells; raises `CheckpointError`.
    new
        Builds a network with random weights.
    classes
        Returns how many kinds of objects weights tell apart; raises KeyError where they are of
        another network.
    for_cells
        Returns what of the weights for other objects is of use for cells.
    count
        Returns the channels that a network of SegGal was trained on; None where the file doesn't
        tell.
    photographs
        Mean and deviation, in the order of the network's channels, with which the original's
        weights for everyday objects were trained, where a file doesn't name them.
    scale
        Returns the magnification with which cells are learnt, given labels.
    """

    key: str
    title: str
    order: Order
    told: Callable[[State], Detector]
    new: Callable[[], Detector]
    classes: Callable[[State], int]
    for_cells: Callable[[State], State]
    count: Callable[[State], int | None]
    photographs: tuple[tuple[float, ...], tuple[float, ...]]
    scale: Callable[[Sequence[NDArray[np.integer]]], float]


def enlargement(labels: Sequence[NDArray[np.integer]], wanted: float) -> float:
    """Return the whole number, up to `LARGEST`, by which images are enlarged for a network.

    Parameters
    ----------
    labels
        Of cells.
    wanted
        Pixels that the median cell is to be wide at least.
    """
    sizes = np.concatenate([np.bincount(image.ravel())[1:] for image in labels])
    width = float(np.sqrt(np.median(sizes[sizes > 0])))
    return float(min(LARGEST, max(1, math.ceil(wanted / width))))
