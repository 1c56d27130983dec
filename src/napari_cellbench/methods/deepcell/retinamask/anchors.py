"""Boxes to begin with: where they are, which cells they stand for, and what is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchvision.ops import nms

from ....errors import CheckpointError

SCALES = (1.0, 2 ** (1 / 3), 2 ** (2 / 3))
"""Of the anchors of a level, beside 4 times its stride."""
SPREAD = 0.2
"""Corners move by this share of an anchor's side for an answer of 1."""
POSITIVE, NEGATIVE = 0.5, 0.4
"""Overlap with a cell from which an anchor stands for it, and below which for none."""
PERCENTILES = (2.5, 97.5)
"""Of the cells' sizes and shapes, for which anchors are chosen."""
LEVELS = (1, 5)
"""The finest and the coarsest that a ResNet has."""


@dataclass(frozen=True)
class AnchorDesign:
    """Which anchors there are.

    Attributes
    ----------
    levels
        Of the pyramid.
    ratios
        Heights by widths.
    """

    levels: tuple[int, ...]
    ratios: tuple[float, ...]

    @classmethod
    def for_cells(cls, labels: Sequence[NDArray[np.integer]]) -> AnchorDesign:
        """Choose levels and ratios that suit annotated cells, as DeepCell does."""
        from scipy.ndimage import find_objects

        sides = [
            (rows.stop - rows.start, columns.stop - columns.start)
            for image in labels
            for rows, columns in filter(None, find_objects(image))
        ]
        heights, widths = np.array(sides, float).T
        areas = np.log2(np.sqrt(np.percentile(heights * widths, PERCENTILES)))
        low, high = (int(np.floor(exponent)) - 2 for exponent in areas)
        low = min(max(low, LEVELS[0]), LEVELS[1])
        high = min(max(high, low), LEVELS[1])
        first, last = (int(k) for k in np.percentile(np.log2(heights / widths), PERCENTILES))
        ratios = tuple(2.0**k for k in range(first, last + 1))
        return cls(tuple(range(low, high + 1)), ratios)

    @classmethod
    def told(cls, levels: tuple[int, ...], anchors: int, *, more_tall: bool) -> AnchorDesign:
        """Tell the design from a network.

        Parameters
        ----------
        levels
            Of its pyramid.
        anchors
            At each place.
        more_tall
            Of an even number of ratios: whether there is one more for tall boxes than for wide
            ones, which the network doesn't say.

        Raises
        ------
        CheckpointError
            If no design has so many anchors.
        """
        count, left = divmod(anchors, len(SCALES))
        if left or not 1 <= count <= 9:
            raise CheckpointError(f"RetinaMask has 3 anchors for each ratio, not {anchors} in all.")
        wide = (count - 1) // 2 if more_tall else count // 2
        return cls(levels, tuple(2.0**k for k in range(-wide, count - wide)))

    def boxes(self, height: int, width: int) -> Tensor:
        """Return the anchors of an image, (K, 4) float32: x1, y1, x2, y2."""
        found = []
        for level in self.levels:
            stride = 2**level
            sizes = 4 * stride * np.array(SCALES)
            shapes = [(s / np.sqrt(r), s * np.sqrt(r)) for r in self.ratios for s in sizes]
            corners = np.array([(-w / 2, -h / 2, w / 2, h / 2) for w, h in shapes])
            y, x = ((np.arange(-(-length // stride)) + 0.5) * stride for length in (height, width))
            centres = np.stack(np.broadcast_arrays(x, y[:, None]), -1).reshape(-1, 1, 2)
            found.append((np.tile(centres, (1, 1, 2)) + corners).reshape(-1, 4))
        return torch.from_numpy(np.concatenate(found).astype(np.float32))


@dataclass(frozen=True, eq=False)
class AnchorTargets:
    """What each anchor of an image is to answer.

    Attributes
    ----------
    offsets : (K, 4) float32
        To the cell that it overlaps most; 0 where there are no cells.
    is_cell : (K,) bool
        Whether it stands for a cell.
    ignored : (K,) bool
        Whether nothing is learnt of it.
    """

    offsets: Tensor
    is_cell: Tensor
    ignored: Tensor


def anchor_targets(anchors: Tensor, boxes: Tensor, height: int, width: int) -> AnchorTargets:
    """Match anchors with cells.

    Parameters
    ----------
    anchors : (K, 4)
        Of `AnchorDesign.boxes`.
    boxes : (N, 4)
        Of the cells, with exclusive ends.
    height, width
        Of the image; anchors whose centre lies beyond it are ignored.
    """
    x, y = (anchors[:, :2] + anchors[:, 2:]).T / 2
    outside = (x >= width) | (y >= height)
    if not len(boxes):
        nowhere = torch.zeros(len(anchors), dtype=torch.bool)
        return AnchorTargets(torch.zeros_like(anchors), nowhere, outside)
    best, which = _overlaps(anchors, boxes).max(1)
    sides = (anchors[:, 2:] - anchors[:, :2]).repeat(1, 2)
    offsets = (boxes[which] - anchors) / sides / SPREAD
    is_cell = best >= POSITIVE
    unclear = (best > NEGATIVE) & ~is_cell
    return AnchorTargets(offsets, is_cell & ~outside, unclear | outside)


def decoded(anchors: Tensor, offsets: Tensor, height: int, width: int) -> Tensor:
    """Move the corners of anchors, and keep them within the image's pixels, 0 to side - 1."""
    sides = (anchors[:, 2:] - anchors[:, :2]).repeat(1, 2)
    moved = anchors + offsets * SPREAD * sides
    most = moved.new_tensor([width - 1, height - 1, width - 1, height - 1])
    return moved.clamp(min=0).minimum(most)


def detected(
    boxes: Tensor, scores: Tensor, threshold: float, overlap: float, most: int
) -> tuple[Tensor, Tensor]:
    """Keep certain boxes that don't overlap better ones, the best first.

    Parameters
    ----------
    boxes, scores : (K, 4), (K,)
        Of all anchors.
    threshold
        Score above which a box is kept.
    overlap
        Intersection over union from which the worse of two boxes is dropped.
    most
        Boxes to keep.
    """
    sure = scores > threshold
    boxes, scores = boxes[sure], scores[sure]
    kept = nms(boxes, scores, overlap)[:most]
    return boxes[kept], scores[kept]


def _overlaps(first: Tensor, second: Tensor) -> Tensor:
    """Return the (K, N) intersections over unions, as if the last corners were pixels too."""
    low = torch.maximum(first[:, None, :2], second[:, :2])
    high = torch.minimum(first[:, None, 2:], second[:, 2:])
    shared = (high - low + 1).clamp(min=0).prod(-1)
    areas = [(boxes[:, 2:] - boxes[:, :2] + 1).prod(-1) for boxes in (first, second)]
    return shared / (areas[0][:, None] + areas[1] - shared)
