"""The region proposal network: which anchors stand for objects, and how these differ.

Source: Ren et al. 2015, Faster R-CNN, NeurIPS.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torchvision.ops import batched_nms, box_iou

from ....errors import CheckpointError
from ..network import Kept, some_of
from ..regions import clipped, matches, moved, offsets

STRIDES = (4, 8, 16, 32, 64)
"""Of the maps P2 to P6, in pixels."""
SIZES = (4, 9, 17, 31, 64, 127)
"""Roots of the areas of anchors for cells, in pixels; the first two are on the finest map."""
WEIGHTS = (1.0, 1.0, 1.0, 1.0)
OVERLAP = 0.7
"""Of two proposals of a map, from which the worse is dropped."""
POSITIVE, NEGATIVE = 0.7, 0.3
"""Overlap with a cell from which an anchor stands for it, and below which for none."""
SAMPLED, SHARE = 256, 0.5
"""Anchors of an image to learn from, and how many of them at most stand for cells."""
ANCHORS = "proposal_generator.anchor_generator.cell_anchors."


PREDICTING, LEARNING = Kept(6000, 3000), Kept(2000, 1000)
"""SegGal's when it predicted; fewer to learn from."""


def anchors_for_cells(count: int) -> tuple[Tensor, ...]:
    """Return anchors around (0, 0) for each set of them, (count, 4): x1, y1, x2, y2.

    Parameters
    ----------
    count
        Of heights by widths: an odd number of powers of 2 around 1.

    Raises
    ------
    CheckpointError
        If it is even.
    """
    if count % 2 == 0:
        raise CheckpointError(f"ResNeSt has an odd number of anchors at each place, not {count}.")
    ratios = 2.0 ** torch.arange(-(count // 2), count // 2 + 1)
    found = []
    for size in SIZES:
        width = size / ratios.sqrt()
        half = torch.stack([width, width * ratios], 1) / 2
        found.append(torch.cat([-half, half], 1))
    return tuple(found)


def anchors_in(state: Mapping[str, Tensor], count: int) -> tuple[Tensor, ...]:
    """Return a file's anchors; where it has none, those for cells, `count` at each place."""
    found = [state[name] for name in sorted(state) if name.startswith(ANCHORS)]
    if not found:
        return anchors_for_cells(count)
    if len(found) < len(STRIDES) or any(one.shape != (count, 4) for one in found):
        raise CheckpointError("The checkpoint's anchors don't fit its network.")
    return tuple(found)


@dataclass(frozen=True, eq=False)
class Answers:
    """What a map says of its anchors.

    Attributes
    ----------
    anchors : (K, 4)
        x1, y1, x2, y2 in pixels.
    logits : (N, K)
        Of standing for an object.
    offsets : (N, K, 4)
        To the object: see `regions.offsets`.
    """

    anchors: Tensor
    logits: Tensor
    offsets: Tensor


class Proposing(nn.Module):
    """The head and its anchors, by their names in detectron2's files.

    Parameters
    ----------
    features
        Channels of the maps.
    anchors
        Of each set, as of `anchors_for_cells`; there are more sets than maps where the finest map
        has several.
    """

    def __init__(self, features: int, anchors: Sequence[Tensor]) -> None:
        super().__init__()
        self.rpn_head = Head(features, len(anchors[0]))
        self.anchor_generator = nn.Module()
        kept = nn.Module()
        for number, one in enumerate(anchors):
            kept.register_buffer(str(number), one.clone())
        self.anchor_generator.cell_anchors = kept

    def forward(self, maps: Sequence[Tensor]) -> list[Answers]:
        """Return the answers for each set of anchors, given P2 to P6."""
        sets = list(self.anchor_generator.cell_anchors.buffers())
        more = len(sets) - len(maps)
        places = [0] * more + list(range(len(maps)))
        found = []
        for anchors, number in zip(sets, places, strict=True):
            features, stride = maps[number], STRIDES[number]
            logits, away = self.rpn_head(features)
            y, x = (
                torch.arange(length, device=features.device) * stride
                for length in features.shape[2:]
            )
            grid = torch.stack(torch.meshgrid(x, y, indexing="xy"), -1).reshape(-1, 1, 2)
            boxes = (grid.repeat(1, 1, 2) + anchors).reshape(-1, 4)
            found.append(
                Answers(
                    boxes,
                    logits.permute(0, 2, 3, 1).flatten(1),
                    away.permute(0, 2, 3, 1).reshape(len(away), -1, 4),
                )
            )
        return found


class Head(nn.Module):
    """Convolutions that are the same for all maps."""

    def __init__(self, features: int, anchors: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(features, features, 3, padding=1)
        self.objectness_logits = nn.Conv2d(features, anchors, 1)
        self.anchor_deltas = nn.Conv2d(features, 4 * anchors, 1)
        for layer in (self.conv, self.objectness_logits, self.anchor_deltas):
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (N, A, Y, X) and offsets (N, 4 A, Y, X)."""
        x = F.relu(self.conv(x))
        return self.objectness_logits(x), self.anchor_deltas(x)


def proposals(answers: Sequence[Answers], size: tuple[int, int], kept: Kept) -> list[Tensor]:
    """Return the most likely boxes of each image, (K, 4), the best first.

    Parameters
    ----------
    answers
        Of each set of anchors.
    size
        Height and width of the images without padding.
    kept
        How many.
    """
    found = []
    for image in range(len(answers[0].logits)):
        boxes, scores, sets = [], [], []
        for number, answer in enumerate(answers):
            logits, best = answer.logits[image].topk(
                min(kept.of_map, answer.logits.shape[1]), sorted=True
            )
            boxes.append(moved(answer.anchors[best], answer.offsets[image, best], WEIGHTS))
            scores.append(logits)
            sets.append(torch.full_like(best, number))
        everything = clipped(torch.cat(boxes), size)
        certain, of_set = torch.cat(scores), torch.cat(sets)
        wide = (everything[:, 2:] > everything[:, :2]).all(1) & certain.isfinite()
        everything, certain, of_set = everything[wide], certain[wide], of_set[wide]
        best = batched_nms(everything, certain, of_set, OVERLAP)[: kept.of_image]
        found.append(everything[best])
    return found


def proposing_loss(answers: Sequence[Answers], cells: Sequence[Tensor]) -> Tensor:
    """Return the losses of objects and of offsets, for each anchor that is learnt from.

    Parameters
    ----------
    answers
        Of each set of anchors.
    cells
        Of each image, (K, 4): x1, y1, x2, y2 in pixels.
    """
    anchors = torch.cat([answer.anchors for answer in answers])
    logits, away = (
        torch.cat([getattr(answer, part) for answer in answers], 1)
        for part in ("logits", "offsets")
    )
    losses = []
    for of_image, boxes in enumerate(cells):
        best, which = matches(anchors, boxes)
        is_cell = best >= POSITIVE
        if len(boxes):
            is_cell = is_cell | _nearest(anchors, boxes, best)
        cell = some_of(is_cell.nonzero()[:, 0], int(SAMPLED * SHARE))
        none = some_of(((best < NEGATIVE) & ~is_cell).nonzero()[:, 0], SAMPLED - len(cell))
        chosen = torch.cat([cell, none])
        truth = is_cell[chosen].float()
        losses.append(
            binary_cross_entropy_with_logits(logits[of_image, chosen], truth, reduction="sum")
        )
        if len(cell):
            goals = offsets(anchors[cell], boxes[which[cell]], WEIGHTS)
            losses.append((away[of_image, cell] - goals).abs().sum())
    return torch.stack(losses).sum() / (SAMPLED * len(cells))


def _nearest(anchors: Tensor, boxes: Tensor, best: Tensor) -> Tensor:
    """Return which anchors overlap some cell more than all others do, (K,) bool."""
    overlaps = box_iou(anchors, boxes)
    highest = overlaps.amax(0)
    return ((overlaps == highest) & (highest > 0)).any(1)
