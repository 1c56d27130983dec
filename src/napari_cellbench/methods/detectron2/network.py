"""What the networks of detectron2 have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..shared.patches import in_half

MAX_PER_IMAGE = 3000
"""Cells to keep of an image, or of a window of it."""
STRIDE = 32
"""To multiples of which the input is padded."""
AT_ONCE = 256
"""Boxes in which masks are predicted together: each takes memory."""


@dataclass(frozen=True)
class Limits:
    """What is kept while a network predicts.

    Attributes
    ----------
    score
        Confidence above which a box is a cell.
    overlap
        Intersection over union above which the worse of two boxes is dropped.
    """

    score: float
    overlap: float


@dataclass(frozen=True)
class Kept:
    """How many boxes are kept: of a map before overlaps are dropped, and of an image after."""

    of_map: int
    of_image: int


@dataclass(frozen=True, eq=False)
class Detections:
    """Cells in an image, the most certain first.

    Attributes
    ----------
    boxes : (K, 4) float32
        x1, y1, x2, y2 in pixels of the network's input.
    scores : (K,) float32
        How certain a cell is there.
    masks : (K, S, S) float32
        Probabilities in each box.
    ranks : (K,) float32
        By which masks are ranked: the scores, weighted by how good a mask is where that is known.
    """

    boxes: Tensor
    scores: Tensor
    masks: Tensor
    ranks: Tensor


@dataclass(frozen=True, eq=False)
class Objects:
    """Annotated cells of an image.

    Attributes
    ----------
    boxes : (N, 4) float32
        x1, y1, x2, y2, the last ones exclusive.
    masks : (N, Y, X) bool
    """

    boxes: Tensor
    masks: Tensor


class Detector(nn.Module, ABC):
    """A network that finds boxes and draws a mask in each.

    Attributes
    ----------
    backbone
        Its pyramid.
    """

    backbone: nn.Module

    def maps(self, x: Tensor) -> list[Tensor]:
        """Return the maps of the pyramid, from fine to coarse.

        Parameters
        ----------
        x : (N, 3, Y, X)
            Normalised; Y and X multiples of `STRIDE`.
        """
        with in_half(x.device.type):
            found = self.backbone(x)
        return [features.float() for features in found]

    @abstractmethod
    def detect(self, x: Tensor, size: tuple[int, int], limits: Limits) -> Detections:
        """Find cells.

        Parameters
        ----------
        x : (1, 3, Y, X)
            Normalised and padded.
        size
            Height and width without the padding.
        limits
            What is kept.
        """

    @abstractmethod
    def loss(self, x: Tensor, objects: Sequence[Objects]) -> Tensor:
        """Return the sum of the losses of a batch.

        Parameters
        ----------
        x : (N, 3, Y, X)
            Normalised; Y and X multiples of `STRIDE`.
        objects
            Of each image, in pixels of `x`.
        """


def some_of(candidates: Tensor, most: int) -> Tensor:
    """Draw some of the (K,) indices at random."""
    return candidates[torch.randperm(len(candidates), device=candidates.device)[:most]]
