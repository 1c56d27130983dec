"""Boxes as Matterport's Mask R-CNN has them: anchors, moves, and what survives of many.

Boxes are y1, x1, y2, x2 in 0..1, where 1 is the centre of an image's last pixel.

Source: He et al. 2017, Mask R-CNN, ICCV; the conventions of Matterport's implementation.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torchvision.ops import nms

STRIDES = (4, 8, 16, 32, 64)
SCALES = (8, 16, 32, 64, 128)
"""Sides of square anchors in pixels, by level."""
RATIOS = (0.5, 1.0, 2.0)
"""Widths by heights."""
SPREAD = (0.1, 0.1, 0.2, 0.2)
"""By what an answer of 1 moves a centre, in sides of the box, and enlarges its logarithm."""
BEST, OVERLAP = 6000, 0.7
"""Anchors that are looked at, and their overlap (IoU) above which the worse is dropped."""
PROPOSALS = 1000
"""Boxes that are kept of them."""
LARGEST_LOGARITHM = 4.0
"""By which a box may grow at once: random weights must not make it infinite."""


def anchors(height: int, width: int) -> Tensor:
    """Return the anchors of an image, (K, 4) float32: level by level, row by row, by ratio."""
    found = []
    for stride, scale in zip(STRIDES, SCALES, strict=True):
        roots = np.sqrt(RATIOS)
        sides = np.stack([scale / roots, scale * roots], 1)
        y, x = (np.arange(-(-length // stride)) * stride for length in (height, width))
        centres = np.stack(np.broadcast_arrays(y[:, None], x), -1).reshape(-1, 1, 2)
        corners = np.concatenate([centres - sides / 2, centres + sides / 2], -1)
        found.append(corners.reshape(-1, 4))
    pixels = torch.from_numpy(np.concatenate(found).astype(np.float32))
    return normalised(pixels, height, width)


def normalised(boxes: Tensor, height: int, width: int) -> Tensor:
    """Return boxes that are given in pixels, the last corners exclusive."""
    return (boxes - boxes.new_tensor([0, 0, 1, 1])) / _span(boxes, height, width)


def in_pixels(boxes: Tensor, height: int, width: int) -> Tensor:
    """Undo `normalised`."""
    return boxes * _span(boxes, height, width) + boxes.new_tensor([0, 0, 1, 1])


def moved(boxes: Tensor, deltas: Tensor) -> Tensor:
    """Move and stretch boxes (K, 4) by answers (K, 4): dy, dx, log dh, log dw."""
    deltas = deltas * deltas.new_tensor(SPREAD)
    sides = boxes[:, 2:] - boxes[:, :2]
    centres = boxes[:, :2] + sides / 2 + deltas[:, :2] * sides
    sides = sides * deltas[:, 2:].clamp(max=LARGEST_LOGARITHM).exp()
    first = centres - sides / 2
    return torch.cat([first, first + sides], 1)


def moves(boxes: Tensor, truth: Tensor) -> Tensor:
    """Return the answers that make `truth` (K, 4) of `boxes` (K, 4)."""
    sides, wanted = (of[:, 2:] - of[:, :2] for of in (boxes, truth))
    shift = (truth[:, :2] + wanted / 2 - boxes[:, :2] - sides / 2) / sides.clamp(min=1e-6)
    growth = (wanted.clamp(min=1e-6) / sides.clamp(min=1e-6)).log()
    return torch.cat([shift, growth], 1) / boxes.new_tensor(SPREAD)


def proposed(boxes: Tensor, scores: Tensor, deltas: Tensor) -> Tensor:
    """Return the boxes of an image that its anchors propose, the best first.

    Parameters
    ----------
    boxes, scores, deltas : (K, 4), (K,), (K, 4)
        Anchors, their probability of an object, and their answers.

    Returns
    -------
    (N, 4)
        N up to 1000.
    """
    best = scores.topk(min(BEST, len(scores))).indices
    found = moved(boxes[best], deltas[best]).clamp(0, 1)
    return found[nms(found, scores[best], OVERLAP)[:PROPOSALS]]


def within(boxes: Tensor, window: Sequence[float]) -> Tensor:
    """Cut boxes off at a window: y1, x1, y2, x2."""
    y1, x1, y2, x2 = window
    low, high = boxes.new_tensor([y1, x1, y1, x1]), boxes.new_tensor([y2, x2, y2, x2])
    return boxes.maximum(low).minimum(high)


def _span(boxes: Tensor, height: int, width: int) -> Tensor:
    return boxes.new_tensor([height - 1, width - 1, height - 1, width - 1])
