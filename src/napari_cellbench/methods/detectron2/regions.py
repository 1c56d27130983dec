"""Boxes: what networks see of them, what is made of them, and masks drawn into the image.

Source: He et al. 2017, Mask R-CNN, ICCV; Girshick et al. 2014, CVPR, for the offsets of boxes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.ops import box_iou, roi_align

LARGEST = math.log(1000 / 16)
"""Of the logarithm by which a box grows."""
AT_ONCE = 64
"""Masks that are drawn into the image together: each takes the memory of a whole image."""

Weights = tuple[float, float, float, float]
"""By which offsets of centre x, y, width and height are multiplied for the network."""


def pooled(
    maps: Sequence[Tensor],
    strides: Sequence[int],
    boxes: Sequence[Tensor],
    levels: Tensor,
    size: int,
) -> Tensor:
    """Sample regions of a pyramid (RoIAlign with aligned pixels and adaptive sampling).

    Parameters
    ----------
    maps
        Each (N, C, Y, X).
    strides
        Of the maps, in pixels.
    boxes
        Of each of the N images, (K, 4): x1, y1, x2, y2 in pixels.
    levels : (sum of K,)
        Which map each box is sampled from.
    size
        Samples a side.

    Returns
    -------
    (sum of K, C, size, size)
    """
    images = torch.cat([boxes[0].new_full((len(of), 1), i) for i, of in enumerate(boxes)])
    regions = torch.cat([images, torch.cat(list(boxes))], 1)
    found = maps[0].new_zeros((len(regions), maps[0].shape[1], size, size))
    for level, (features, stride) in enumerate(zip(maps, strides, strict=True)):
        mine = (levels == level).nonzero()[:, 0]
        found = found.index_copy(
            0, mine, roi_align(features, regions[mine], size, 1 / stride, 0, aligned=True)
        )
    return found


def offsets(boxes: Tensor, goals: Tensor, weights: Weights) -> Tensor:
    """Return what moves boxes to goals, both (K, 4): x1, y1, x2, y2."""
    centre, size = _centres(boxes)
    goal, goal_size = _centres(goals)
    found = torch.cat([(goal - centre) / size, (goal_size / size).log()], 1)
    return found * found.new_tensor(weights)


def moved(boxes: Tensor, by: Tensor, weights: Weights) -> Tensor:
    """Move (K, 4) boxes by (K, 4) offsets: see `offsets`."""
    centre, size = _centres(boxes)
    by = by / by.new_tensor(weights)
    centre = centre + by[:, :2] * size
    half = by[:, 2:].clamp(max=LARGEST).exp() * size / 2
    return torch.cat([centre - half, centre + half], 1)


def clipped(boxes: Tensor, size: tuple[int, int]) -> Tensor:
    """Keep (K, 4) boxes within an image of a height and width."""
    height, width = size
    return boxes.clamp(min=0).minimum(boxes.new_tensor([width, height, width, height]))


def areas(boxes: Tensor) -> Tensor:
    """Return the areas of (K, 4) boxes."""
    return (boxes[:, 2:] - boxes[:, :2]).prod(1)


def matches(boxes: Tensor, cells: Tensor) -> tuple[Tensor, Tensor]:
    """Return how much each of the (K, 4) boxes overlaps its best of the (N, 4) cells, and which."""
    if not len(cells):
        return boxes.new_zeros(len(boxes)), boxes.new_zeros(len(boxes), dtype=torch.long)
    overlap, which = box_iou(boxes, cells).max(1)
    return overlap, which


def drawn(
    masks: Tensor, boxes: Tensor, size: tuple[int, int], threshold: float
) -> Iterator[Tensor]:
    """Draw masks into the image, some at a time.

    Parameters
    ----------
    masks : (K, S, S)
        Probabilities.
    boxes : (K, 4)
        Where each is, in pixels of the image.
    size
        Height and width of the image.
    threshold
        Probability from which a pixel belongs to the object.

    Yields
    ------
    (up to `AT_ONCE`, Y, X) bool
    """
    for some, where in zip(masks.split(AT_ONCE), boxes.split(AT_ONCE), strict=True):
        found = torch.zeros((len(some), *size), dtype=torch.bool, device=masks.device)
        for out, mask, box in zip(found, some, where, strict=True):
            _draw(out, mask, box, threshold)
        yield found


def crops(masks: Tensor, boxes: Tensor, which: Tensor, size: int) -> Tensor:
    """Return what masks show in boxes, as a mask head is to draw it.

    Parameters
    ----------
    masks : (N, Y, X) bool
        Of an image's objects.
    boxes : (K, 4)
        In pixels of the image.
    which : (K,) int64
        Mask of each box.
    size
        Pixels a side.

    Returns
    -------
    (K, size, size) float32
        0 or 1.
    """
    regions = torch.cat([which[:, None].to(boxes), boxes], 1)
    seen = roi_align(masks[:, None].float(), regions, size, 1.0, 0, aligned=True)
    return (seen[:, 0] >= 0.5).float()


def _centres(boxes: Tensor) -> tuple[Tensor, Tensor]:
    size = boxes[:, 2:] - boxes[:, :2]
    return boxes[:, :2] + size / 2, size


def _draw(out: Tensor, mask: Tensor, box: Tensor, threshold: float) -> None:
    """Sample a mask at the centres of the pixels around its box; beyond the mask it is 0."""
    height, width = out.shape
    x1, y1, x2, y2 = box.tolist()
    if not (x2 > x1 and y2 > y1):
        return
    left, top = max(math.floor(x1) - 1, 0), max(math.floor(y1) - 1, 0)
    right, bottom = min(math.ceil(x2) + 1, width), min(math.ceil(y2) + 1, height)
    if right <= left or bottom <= top:
        return
    x = torch.arange(left, right, device=out.device, dtype=torch.float32) + 0.5
    y = torch.arange(top, bottom, device=out.device, dtype=torch.float32) + 0.5
    x, y = 2 * (x - x1) / (x2 - x1) - 1, 2 * (y - y1) / (y2 - y1) - 1
    places = torch.stack(torch.meshgrid(x, y, indexing="xy"), -1)[None]
    seen = F.grid_sample(mask[None, None].float(), places, align_corners=False)[0, 0]
    out[top:bottom, left:right] = seen >= threshold
