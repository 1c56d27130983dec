"""Classifies boxes, moves them, and draws a mask in each.

Source: He et al. 2017, Mask R-CNN, ICCV; Cai, Vasconcelos 2018, Cascade R-CNN, CVPR.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..layers import Norm, NormedConv
from ..regions import areas

STRIDES = (4, 8, 16, 32)
"""Of the maps that boxes are sampled from, in pixels."""
BOX_SAMPLES, MASK_SAMPLES = 7, 14
"""Side of what the heads see of a box; masks have twice as many pixels a side."""
BOX_HEAD = 4
"""Convolutions of the box head."""


def levels(boxes: Tensor) -> Tensor:
    """Choose the map for each of the (K, 4) boxes by its size, (K,)."""
    sides = areas(boxes).clamp(min=0).sqrt()
    found = torch.floor(4 + torch.log2(sides / 224 + 1e-8)).clamp(2, 5) - 2
    return found.long()


class BoxHead(nn.Module):
    """What is seen of a box, in numbers."""

    def __init__(self, features: int, hidden: int, norm: Norm) -> None:
        super().__init__()
        for number in range(1, BOX_HEAD + 1):
            self.add_module(f"conv{number}", NormedConv(features, features, 3, norm))
        self.fc1 = nn.Linear(features * BOX_SAMPLES**2, hidden)

    def forward(self, x: Tensor) -> Tensor:
        """Return (K, hidden), given (K, C, 7, 7)."""
        for number in range(1, BOX_HEAD + 1):
            x = F.relu(self.get_submodule(f"conv{number}")(x))
        return F.relu(self.fc1(x.flatten(1)))


class BoxPredictor(nn.Module):
    """Whether a box is of a cell, and how the cell's differs."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.cls_score = nn.Linear(hidden, 2)
        self.bbox_pred = nn.Linear(hidden, 4)
        for layer, std in ((self.cls_score, 0.01), (self.bbox_pred, 0.001)):
            nn.init.normal_(layer.weight, std=std)
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits of cell and background (K, 2), and offsets (K, 4)."""
        return self.cls_score(x), self.bbox_pred(x)


class MaskHead(nn.Module):
    """Convolutions that draw a mask."""

    def __init__(self, features: int, depth: int, norm: Norm) -> None:
        super().__init__()
        self.depth = depth
        for number in range(1, depth + 1):
            self.add_module(f"mask_fcn{number}", NormedConv(features, features, 3, norm))
        self.deconv = nn.ConvTranspose2d(features, features, 2, 2)
        self.predictor = nn.Conv2d(features, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (K, 28, 28), given what is seen of boxes (K, C, 14, 14)."""
        for number in range(1, self.depth + 1):
            x = F.relu(self.get_submodule(f"mask_fcn{number}")(x))
        found: Tensor = self.predictor(F.relu(self.deconv(x)))
        return found[:, 0]
