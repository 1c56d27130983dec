"""CenterMask2 in torch: VoVNetV2 and a pyramid, FCOS for boxes, a mask in each.

Source: Lee, Park 2020, CenterMask: Real-Time Anchor-Free Instance Segmentation, CVPR.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from ....errors import CheckpointError
from ..layers import draw
from ..network import AT_ONCE, Detections, Detector, Limits, Objects, some_of
from ..pyramid import ConvTop, Pyramid
from ..regions import areas, crops, matches, pooled
from .fcos import FCOS, LEARNING, PREDICTING, points, proposals
from .masks import SAMPLES, STRIDES, MaskHead, MaskIoUHead, levels, mask_ious
from .targets import point_losses, point_targets
from .vovnet import VoVNet, VoVNetShape

FOUND = 0.5
"""Overlap with a cell from which a box's mask is learnt."""
DRAWN = 64
"""Boxes of a patch whose masks are learnt in a step: each takes memory and time."""
SURE = Limits(0.05, 0.6)
"""What boxes are kept to learn masks in."""


@dataclass(frozen=True)
class CenterMaskShape:
    """How a network is built.

    Attributes
    ----------
    backbone
        Of the VoVNet.
    features
        Channels of the pyramid and of the heads.
    hidden
        Width of what estimates the masks' quality; 0 where nothing does.
    """

    backbone: VoVNetShape = field(default_factory=VoVNetShape)
    features: int = 256
    hidden: int = 1024

    @classmethod
    def new(cls, options: Mapping[str, Any]) -> CenterMaskShape:
        """Return the shape of a new network, where `options` differ from the usual one."""
        backbone = VoVNetShape(**options.get("backbone", {}))
        return cls(**{**options, "backbone": backbone})

    @classmethod
    def of(cls, state: Mapping[str, Tensor]) -> CenterMaskShape:
        """Tell the shape from weights.

        Raises
        ------
        CheckpointError
            If they are of another network.
        """
        try:
            features = len(state["backbone.fpn_lateral3.weight"])
            return cls(VoVNetShape.of(state), features, MaskIoUHead.hidden_in(state))
        except (KeyError, IndexError) as error:
            raise CheckpointError(f"This is no CenterMask2: it has no {error}.") from error


class CenterMask(Detector):
    """The layers by their names in detectron2's files.

    Parameters
    ----------
    shape
        How it is built.
    """

    def __init__(self, shape: CenterMaskShape) -> None:
        super().__init__()
        features = shape.features
        bottom_up = VoVNet(shape.backbone)
        channels = {level: shape.backbone.out[level - 2] for level in (3, 4, 5)}
        top = ConvTop(features)
        self.backbone = Pyramid(bottom_up, channels, features, None, top)
        heads: dict[str, nn.Module] = {"mask_head": MaskHead(features)}
        if shape.hidden:
            heads["maskiou_head"] = MaskIoUHead(features, shape.hidden)
        self.roi_heads = nn.ModuleDict(heads)
        draw(self)
        # After which it draws its own.
        self.proposal_generator = FCOS(features)
        self.shape = shape

    def detect(self, x: Tensor, size: tuple[int, int], limits: Limits) -> Detections:
        """Find cells; see `Detector.detect`."""
        maps = self.maps(x)
        ((boxes, scores),) = proposals(self.proposal_generator(maps), limits, PREDICTING)
        masks, ranks = self.masks(maps, boxes, scores, size)
        return Detections(boxes, scores, masks, ranks)

    def masks(
        self, maps: Sequence[Tensor], boxes: Tensor, scores: Tensor, size: tuple[int, int]
    ) -> tuple[Tensor, Tensor]:
        """Draw masks in boxes.

        Parameters
        ----------
        maps
            Of one image.
        boxes, scores : (K, 4), (K,)
            In pixels.
        size
            Height and width of the image without padding.

        Returns
        -------
        (K, 28, 28), (K,)
            Probabilities, and the scores weighted by the quality of the mask.
        """
        masks, ranks = [], []
        for some, sure in zip(boxes.split(AT_ONCE), scores.split(AT_ONCE), strict=True):
            seen = self.seen(maps, [some], size)
            masks.append(self.roi_heads["mask_head"](seen).sigmoid())
            if "maskiou_head" in self.roi_heads:
                ranks.append(sure * self.roi_heads["maskiou_head"](seen, masks[-1]))
            else:
                ranks.append(sure)
        return torch.cat(masks), torch.cat(ranks)

    def seen(
        self, maps: Sequence[Tensor], boxes: Sequence[Tensor], size: tuple[int, int]
    ) -> Tensor:
        """Return what the heads see of boxes, (sum of K, C, 14, 14)."""
        where = levels(torch.cat(list(boxes)), size)
        return pooled(maps[: len(STRIDES)], STRIDES, boxes, where, SAMPLES)

    def loss(self, x: Tensor, objects: Sequence[Objects]) -> Tensor:
        """Return the losses of points, masks and their quality, summed."""
        maps = self.maps(x)
        answers = self.proposal_generator(maps)
        places = points(answers)
        targets = [point_targets(places, of.boxes) for of in objects]
        total = torch.stack(point_losses(answers, targets)).sum()
        with torch.no_grad():
            found = proposals(answers, SURE, LEARNING)
            chosen = [
                matched(boxes, of.boxes) for (boxes, _), of in zip(found, objects, strict=True)
            ]
        boxes = [some for some, _ in chosen]
        if not sum(map(len, boxes)):
            return total
        height, width = x.shape[2:]
        seen = self.seen(maps, boxes, (height, width))
        logits = self.roi_heads["mask_head"](seen)
        truth = torch.cat(
            [
                crops(of.masks, some, which, 2 * SAMPLES)
                for of, (some, which) in zip(objects, chosen, strict=True)
            ]
        )
        total = total + binary_cross_entropy_with_logits(logits, truth)
        if "maskiou_head" not in self.roi_heads:
            return total
        shares = torch.cat(
            [
                _shares(of, some, which, truth_of)
                for of, (some, which), truth_of in zip(
                    objects, chosen, truth.split([len(some) for some in boxes]), strict=True
                )
            ]
        )
        goals = mask_ious(logits.detach() > 0, truth, shares)
        quality = self.roi_heads["maskiou_head"](seen, logits.detach().sigmoid())
        hit = goals > 0
        squares = (quality - goals).square()[hit].sum() / hit.sum().clamp(min=1)
        return total + 0.5 * squares


def matched(boxes: Tensor, cells: Tensor) -> tuple[Tensor, Tensor]:
    """Choose boxes to learn masks in: those of cells, and found ones that overlap a cell.

    Parameters
    ----------
    boxes, cells : (K, 4), (N, 4)
        That were found, and that are annotated.

    Returns
    -------
    (up to `DRAWN`, 4), (the same,) int64
        Boxes, and the cell of each.
    """
    everything = torch.cat([boxes, cells])
    overlap, which = matches(everything, cells)
    chosen = some_of((overlap >= FOUND).nonzero()[:, 0], DRAWN)
    return everything[chosen], which[chosen]


def _shares(of: Objects, boxes: Tensor, which: Tensor, truth: Tensor) -> Tensor:
    """Return which share of each cell is in its box: pixels of the mask there by all."""
    inside = truth.mean((1, 2)) * areas(boxes)
    whole = of.masks[which].sum((1, 2))
    return (inside / whole.clamp(min=1)).clamp(max=1)
