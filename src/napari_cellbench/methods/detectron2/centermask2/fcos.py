"""FCOS: each point of the maps says whether it lies in a cell, and how far its sides are.

Source: Tian, Shen, Chen, He 2019, FCOS: Fully Convolutional One-Stage Object Detection, ICCV.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.ops import nms

from ..layers import norm_layer
from ..network import Kept, Limits

STRIDES = (8, 16, 32, 64, 128)
"""Of the maps P3 to P7, in pixels."""
HEAD = 4
"""Convolutions of each tower."""
RARE = 0.01
"""What a new network expects every point's probability to be."""


class Answers(NamedTuple):
    """What a map says of its points.

    Attributes
    ----------
    logits : (N, 1, Y, X)
        Of lying in a cell.
    sides : (N, 4, Y, X)
        How far left, top, right and bottom of the cell are, in strides.
    centred : (N, 1, Y, X)
        Logits of how close the cell's centre is.
    """

    logits: Tensor
    sides: Tensor
    centred: Tensor


PREDICTING, LEARNING = Kept(4000, 3000), Kept(2000, 200)
"""SegGal's when it predicted; fewer to learn masks in, for few are drawn of them."""


class FCOS(nn.Module):
    """The head, the same for all maps."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.fcos_head = Head(features)

    def forward(self, maps: Sequence[Tensor]) -> list[Answers]:
        """Return the answers of each map, from fine to coarse."""
        found: list[Answers] = self.fcos_head(maps)
        return found


class Head(nn.Module):
    """Two towers; the layers by their names in detectron2's files."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.cls_tower, self.bbox_tower = _tower(features), _tower(features)
        self.cls_logits = nn.Conv2d(features, 1, 3, padding=1)
        self.bbox_pred = nn.Conv2d(features, 4, 3, padding=1)
        self.ctrness = nn.Conv2d(features, 1, 3, padding=1)
        self.scales = nn.ModuleList(Scale() for _ in STRIDES)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.normal_(layer.weight, std=0.01)
                nn.init.zeros_(layer.bias)
        nn.init.constant_(self.cls_logits.bias, -math.log((1 - RARE) / RARE))

    def forward(self, maps: Sequence[Tensor]) -> list[Answers]:
        """Return the answers of each map."""
        found = []
        for features, scale in zip(maps, self.scales, strict=True):
            boxes = self.bbox_tower(features)
            sides = F.relu(scale(self.bbox_pred(boxes)))
            logits = self.cls_logits(self.cls_tower(features))
            found.append(Answers(logits, sides, self.ctrness(boxes)))
        return found


class Scale(nn.Module):
    """A number that is learnt, by which sizes of one map are multiplied."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, x: Tensor) -> Tensor:
        """Multiply."""
        return x * self.scale


def points(answers: Sequence[Answers]) -> list[Tensor]:
    """Return where the points of each map are, (K, 2): x, y in pixels."""
    found = []
    for stride, (logits, *_) in zip(STRIDES, answers, strict=True):
        y, x = (
            torch.arange(length, device=logits.device) * stride + stride // 2
            for length in logits.shape[2:]
        )
        grid = torch.stack(torch.meshgrid(x, y, indexing="xy"), -1)
        found.append(grid.reshape(-1, 2).float())
    return found


def proposals(
    answers: Sequence[Answers], limits: Limits, kept: Kept
) -> list[tuple[Tensor, Tensor]]:
    """Return the best boxes of each image.

    Parameters
    ----------
    answers
        Of each map.
    limits
        The score here is that of lying in a cell, before it is weighted by the centre.
    kept
        How many.

    Returns
    -------
    list of ((K, 4), (K,))
        Boxes x1, y1, x2, y2 in pixels and their scores: the root of both probabilities' product;
        the best first.
    """
    places = points(answers)
    found = []
    for image in range(len(answers[0].logits)):
        boxes, scores = [], []
        for stride, where, answer in zip(STRIDES, places, answers, strict=True):
            is_cell = answer.logits[image].flatten().sigmoid()
            weighted = is_cell * answer.centred[image].flatten().sigmoid()
            sure = (is_cell > limits.score).nonzero()[:, 0]
            sure = sure[weighted[sure].argsort(descending=True, stable=True)[: kept.of_map]]
            sides = stride * answer.sides[image].flatten(1).T[sure]
            at = where[sure]
            boxes.append(torch.cat([at - sides[:, :2], at + sides[:, 2:]], 1))
            scores.append(weighted[sure].sqrt())
        of_image, certain = torch.cat(boxes), torch.cat(scores)
        best = nms(of_image, certain, limits.overlap)[: kept.of_image]
        found.append((of_image[best], certain[best]))
    return found


def _tower(features: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for _ in range(HEAD):
        layers += [
            nn.Conv2d(features, features, 3, padding=1),
            norm_layer("group", features),
            nn.ReLU(),
        ]
    return nn.Sequential(*layers)
