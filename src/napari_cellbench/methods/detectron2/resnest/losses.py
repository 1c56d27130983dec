"""What the heads of boxes and masks learn from.

Source: Ren et al. 2015, Faster R-CNN, NeurIPS; Cai, Vasconcelos 2018, Cascade R-CNN, CVPR.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..network import Objects, some_of
from ..regions import Weights, crops, matches, offsets
from .heads import MASK_SAMPLES

OVERLAPS = (0.5, 0.6, 0.7)
"""With a cell, from which a box stands for it, by stage of the cascade."""
SAMPLED, SHARE = 256, 0.25
"""Boxes of an image to learn from, and how many of them at most stand for cells."""
DRAWN = 64
"""Boxes of an image whose masks are learnt in a step."""


@dataclass(frozen=True, eq=False)
class Labelled:
    """Boxes of an image and what they stand for.

    Attributes
    ----------
    boxes : (K, 4)
        x1, y1, x2, y2 in pixels.
    is_cell : (K,) bool
    which : (K,) int64
        The cell that each overlaps most; of no meaning where there is none.
    """

    boxes: Tensor
    is_cell: Tensor
    which: Tensor


def labelled(boxes: Tensor, cells: Tensor, overlap: float) -> Labelled:
    """Tell what (K, 4) boxes stand for, given (N, 4) cells."""
    best, which = matches(boxes, cells)
    return Labelled(boxes, best >= overlap, which)


def sampled(boxes: Tensor, cells: Tensor) -> Labelled:
    """Draw boxes to learn from: of proposals, and of the cells themselves."""
    found = labelled(torch.cat([boxes, cells]), cells, OVERLAPS[0])
    cell = some_of(found.is_cell.nonzero()[:, 0], int(SAMPLED * SHARE))
    none = some_of((~found.is_cell).nonzero()[:, 0], SAMPLED - len(cell))
    return _chosen(found, torch.cat([cell, none]))


def of_cells(found: Labelled) -> Labelled:
    """Draw boxes that stand for cells, to learn masks in."""
    return _chosen(found, some_of(found.is_cell.nonzero()[:, 0], DRAWN))


def whole(boxes: Tensor) -> Tensor:
    """Leave out boxes without extent."""
    return boxes[(boxes[:, 2:] > boxes[:, :2]).all(1)]


def boxes_loss(
    logits: Tensor,
    away: Tensor,
    found: Sequence[Labelled],
    objects: Sequence[Objects],
    weights: Weights,
) -> Tensor:
    """Return the losses of classes and offsets, for each box.

    Parameters
    ----------
    logits, away : (K, 2), (K, 4)
        Of cell and background, and offsets, image by image.
    found
        The boxes of each image.
    objects
        Of each image.
    weights
        Of the offsets.
    """
    is_cell = torch.cat([one.is_cell for one in found])
    if not len(is_cell):
        return logits.sum() + away.sum()
    loss = F.cross_entropy(logits, (~is_cell).long())
    goals = torch.cat(
        [
            offsets(one.boxes[one.is_cell], of.boxes[one.which[one.is_cell]], weights)
            for one, of in zip(found, objects, strict=True)
        ]
    )
    return loss + (away[is_cell] - goals).abs().sum() / len(is_cell)


def masks_in(found: Labelled, of: Objects) -> Tensor:
    """Return what the mask head is to draw in boxes, (K, 28, 28)."""
    return crops(of.masks, found.boxes, found.which, 2 * MASK_SAMPLES)


def _chosen(found: Labelled, which: Tensor) -> Labelled:
    return Labelled(found.boxes[which], found.is_cell[which], found.which[which])
