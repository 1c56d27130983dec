"""Draws a mask in each box, and says how good it is.

Source: Lee, Park 2020, CenterMask, CVPR; Huang et al. 2019, Mask Scoring R-CNN, CVPR.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..regions import areas

SAMPLES = 14
"""Side of what the heads see of a box; its mask has twice as many pixels a side."""
STRIDES = (8, 16, 32)
"""Of the maps that boxes are sampled from."""
HEAD = 4
"""Convolutions of each head."""


def levels(boxes: Tensor, size: tuple[int, int]) -> Tensor:
    """Choose the map for each of the (K, 4) boxes by its share of an image of this size, (K,)."""
    share = size[0] * size[1] / areas(boxes).clamp(min=1e-6)
    found = torch.ceil(5 - share.log2()).clamp(3, 5) - 3
    return found.long()


class MaskHead(nn.Module):
    """Convolutions with attention to where the cell is."""

    def __init__(self, features: int) -> None:
        super().__init__()
        for number in range(1, HEAD + 1):
            self.add_module(f"mask_fcn{number}", nn.Conv2d(features, features, 3, padding=1))
        self.spatialAtt = SpatialAttention()
        self.deconv = nn.ConvTranspose2d(features, features, 2, 2)
        self.predictor = nn.Conv2d(features, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (K, 28, 28), given what is seen of boxes (K, C, 14, 14)."""
        for number in range(1, HEAD + 1):
            x = F.relu(self.get_submodule(f"mask_fcn{number}")(x))
        found: Tensor = self.predictor(F.relu(self.deconv(self.spatialAtt(x))))
        return found[:, 0]


class SpatialAttention(nn.Module):
    """Weights places by the mean and the largest of their channels."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 1, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return the weighted features."""
        seen = torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], 1)
        weights: Tensor = self.conv(seen).sigmoid()
        return x * weights


class MaskIoUHead(nn.Module):
    """Estimates how much masks overlap the cells that they are of."""

    def __init__(self, features: int, hidden: int) -> None:
        super().__init__()
        for number in range(1, HEAD + 1):
            before, stride = features + (number == 1), 2 if number == HEAD else 1
            layer = nn.Conv2d(before, features, 3, stride, padding=1)
            self.add_module(f"maskiou_fcn{number}", layer)
        self.maskiou_fc1 = nn.Linear(features * (SAMPLES // 2) ** 2, hidden)
        self.maskiou_fc2 = nn.Linear(hidden, hidden)
        self.maskiou = nn.Linear(hidden, 1)

    @classmethod
    def hidden_in(cls, state: Mapping[str, Tensor]) -> int:
        """Return the width of a file's head; 0 where there is none."""
        weight = state.get("roi_heads.maskiou_head.maskiou_fc1.weight")
        return 0 if weight is None else len(weight)

    def forward(self, x: Tensor, masks: Tensor) -> Tensor:
        """Return intersections over unions.

        Parameters
        ----------
        x : (K, C, 14, 14)
            What is seen of the boxes.
        masks : (K, 28, 28)
            Probabilities.

        Returns
        -------
        (K,)
        """
        x = torch.cat([x, F.max_pool2d(masks[:, None], 2)], 1)
        for number in range(1, HEAD + 1):
            x = F.relu(self.get_submodule(f"maskiou_fcn{number}")(x))
        x = F.relu(self.maskiou_fc2(F.relu(self.maskiou_fc1(x.flatten(1)))))
        found: Tensor = self.maskiou(x)
        return found[:, 0]


def mask_ious(masks: Tensor, truth: Tensor, shares: Tensor) -> Tensor:
    """Return how much masks overlap the whole cells.

    Parameters
    ----------
    masks : (K, 28, 28) bool
        That were drawn.
    truth : (K, 28, 28)
        What of the cell is in the box: 0 or 1.
    shares : (K,)
        Of the cell that is in the box.

    Returns
    -------
    (K,) float32
    """
    shared = (masks & (truth > 0.5)).sum((1, 2))
    whole = truth.sum((1, 2)) / shares.clamp(min=1e-6)
    union = masks.sum((1, 2)) + whole - shared
    return shared / union.clamp(min=1)
