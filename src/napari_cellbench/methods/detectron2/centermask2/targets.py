"""What the points of FCOS learn, and the losses.

Source: Tian et al. 2019, FCOS; Rezatofighi et al. 2019, Generalized Intersection over Union, CVPR.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits
from torchvision.ops import sigmoid_focal_loss

from ..regions import areas
from .fcos import STRIDES, Answers

RANGES = ((-1, 64), (64, 128), (128, 256), (256, 512), (512, 1e8))
"""Pixels that a point's farthest side may be away, by map."""
RADIUS = 1.5
"""Strides around a cell's centre within which points stand for it, in x and in y."""


@dataclass(frozen=True, eq=False)
class PointTargets:
    """What each point of an image is to answer, map after map.

    Attributes
    ----------
    is_cell : (K,) bool
    sides : (K, 4) float32
        In strides, as of `Answers`; of no meaning where there is no cell.
    """

    is_cell: Tensor
    sides: Tensor


def point_targets(places: Sequence[Tensor], boxes: Tensor) -> PointTargets:
    """Match points with cells: of several that a point lies in, the smallest counts.

    Parameters
    ----------
    places
        Of the points of each map, (K, 2): x, y in pixels.
    boxes : (N, 4)
        Of the cells: x1, y1, x2, y2 in pixels.
    """
    is_cell, sides = [], []
    for stride, (low, high), at in zip(STRIDES, RANGES, places, strict=True):
        if not len(boxes):
            is_cell.append(torch.zeros(len(at), dtype=torch.bool, device=at.device))
            sides.append(at.new_zeros((len(at), 4)))
            continue
        away = torch.cat([at[:, None] - boxes[:, :2], boxes[:, 2:] - at[:, None]], 2)
        centres = (boxes[:, :2] + boxes[:, 2:]) / 2
        first = torch.maximum(centres - RADIUS * stride, boxes[:, :2])
        last = torch.minimum(centres + RADIUS * stride, boxes[:, 2:])
        inside = ((at[:, None] > first) & (at[:, None] < last)).all(2)
        farthest = away.amax(2)
        fits = inside & (farthest >= low) & (farthest <= high)
        smallest, which = areas(boxes).where(fits, torch.inf).min(1)
        is_cell.append(smallest.isfinite())
        sides.append(away[torch.arange(len(at)), which] / stride)
    return PointTargets(torch.cat(is_cell), torch.cat(sides))


def point_losses(
    answers: Sequence[Answers], targets: Sequence[PointTargets]
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the losses of cells, sides and centres.

    Parameters
    ----------
    answers
        Of each map.
    targets
        Of each image.
    """
    logits, centred, sides = (
        torch.cat([answer[part].flatten(2).transpose(1, 2) for answer in answers], 1).flatten(0, 1)
        for part in (0, 2, 1)
    )
    is_cell = torch.cat([target.is_cell for target in targets])
    truth = torch.cat([target.sides for target in targets])[is_cell]
    count = is_cell.sum().clamp(min=1)
    cells = sigmoid_focal_loss(logits[:, 0], is_cell.float(), 0.25, 2, "sum") / count
    if not is_cell.any():
        # Both have gradients then, too.
        return cells, 0 * sides.sum(), 0 * centred.sum()
    close = closeness(truth)
    missed = (sides_loss(sides[is_cell], truth) * close).sum() / close.sum()
    centres = binary_cross_entropy_with_logits(centred[is_cell, 0], close, reduction="sum")
    return cells, missed, centres / count


def closeness(sides: Tensor) -> Tensor:
    """Return how close points are to the centres of boxes whose (K, 4) sides are so far: 0..1."""
    left, top, right, bottom = sides.T
    across = torch.minimum(left, right) / torch.maximum(left, right)
    return (across * torch.minimum(top, bottom) / torch.maximum(top, bottom)).sqrt()


def sides_loss(found: Tensor, truth: Tensor) -> Tensor:
    """Return 1 - the generalised intersection over union of boxes around the same points, (K,)."""

    def area(sides: Tensor) -> Tensor:
        return (sides[:, 0] + sides[:, 2]) * (sides[:, 1] + sides[:, 3])

    shared, around = area(torch.minimum(found, truth)), area(torch.maximum(found, truth))
    union = area(found) + area(truth) - shared
    return 1 - (shared + 1) / (union + 1) + (around - union) / around
