"""Mask R-CNN and Cascade Mask R-CNN on ResNeSt, in torch.

Source: Zhang et al. 2020, ResNeSt; He et al. 2017, Mask R-CNN; Cai, Vasconcelos 2018, Cascade
R-CNN.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.ops import nms

from ....errors import CheckpointError
from ..layers import Norm, draw, norm_of
from ..network import AT_ONCE, MAX_PER_IMAGE, Detections, Detector, Limits, Objects
from ..pyramid import PoolTop, Pyramid
from ..regions import Weights, clipped, moved, pooled
from . import losses
from .backbone import STAGES, ResNeSt, ResNeStShape
from .heads import (
    BOX_SAMPLES,
    MASK_SAMPLES,
    STRIDES,
    BoxHead,
    BoxPredictor,
    MaskHead,
    levels,
)
from .proposing import (
    LEARNING,
    PREDICTING,
    Proposing,
    anchors_for_cells,
    anchors_in,
    proposals,
    proposing_loss,
)

WEIGHTS: tuple[Weights, ...] = (
    (10.0, 10.0, 5.0, 5.0),
    (20.0, 20.0, 10.0, 10.0),
    (30.0, 30.0, 15.0, 15.0),
)
"""Of the offsets of boxes, by stage of the cascade."""
CELL = 0
"""Class of cells; background comes after it."""


@dataclass(frozen=True)
class DetectorShape:
    """How a network is built.

    Attributes
    ----------
    backbone
        Of the ResNeSt.
    features, hidden
        Channels of the pyramid and of the heads, and width of the box heads.
    stages
        Of the cascade: 3, or 1 for none.
    mask_depth
        Convolutions of the mask head.
    norm
        Of pyramid and heads.
    anchors
        See `Proposing`.
    """

    backbone: ResNeStShape = field(default_factory=ResNeStShape)
    features: int = 256
    hidden: int = 1024
    stages: int = 1
    mask_depth: int = 4
    norm: Norm = "batch"
    anchors: tuple[Tensor, ...] = field(default_factory=lambda: anchors_for_cells(3))

    @classmethod
    def new(cls, options: Mapping[str, Any]) -> DetectorShape:
        """Return the shape of a new network, where `options` differ from the usual one."""
        backbone = ResNeStShape(**options.get("backbone", {}))
        return cls(**{**options, "backbone": backbone})

    @classmethod
    def of(cls, state: Mapping[str, Tensor]) -> DetectorShape:
        """Tell the shape from weights.

        Raises
        ------
        CheckpointError
            If they are of another network.
        """
        try:
            is_cascade = "roi_heads.box_head.0.fc1.weight" in state
            head = "roi_heads.box_head.0" if is_cascade else "roi_heads.box_head"
            masks = [name for name in state if name.startswith("roi_heads.mask_head.mask_fcn")]
            return cls(
                ResNeStShape.of(state),
                len(state["backbone.fpn_lateral2.weight"]),
                len(state[f"{head}.fc1.weight"]),
                len(WEIGHTS) if is_cascade else 1,
                sum(name.endswith(tuple(f"fcn{i}.weight" for i in range(1, 99))) for name in masks),
                norm_of(state, "backbone.fpn_lateral2.norm"),
                anchors_in(
                    state, len(state["proposal_generator.rpn_head.objectness_logits.weight"])
                ),
            )
        except KeyError as error:
            raise CheckpointError(f"This is no network of ResNeSt: it has no {error}.") from error


class ResNeStDetector(Detector):
    """The layers by their names in detectron2's files.

    Parameters
    ----------
    shape
        How it is built.
    """

    def __init__(self, shape: DetectorShape) -> None:
        super().__init__()
        features, hidden, norm = shape.features, shape.hidden, shape.norm
        channels = dict(zip(STAGES, shape.backbone.out, strict=True))
        bottom_up = ResNeSt(shape.backbone)
        self.backbone = Pyramid(bottom_up, channels, features, norm, PoolTop())
        boxes = [BoxHead(features, hidden, norm) for _ in range(shape.stages)]
        predictors = [BoxPredictor(hidden) for _ in range(shape.stages)]
        masks = MaskHead(features, shape.mask_depth, norm)
        is_cascade = shape.stages > 1
        self.roi_heads = nn.ModuleDict(
            {
                "box_head": nn.ModuleList(boxes) if is_cascade else boxes[0],
                "box_predictor": nn.ModuleList(predictors) if is_cascade else predictors[0],
                "mask_head": masks,
            }
        )
        draw(self)
        for layer in bottom_up.modules():
            # Deformable convolutions begin as ordinary ones.
            offset = getattr(layer, "conv2_offset", None)
            if offset is not None:
                nn.init.zeros_(offset.weight)
        # After which it draws its own.
        self.proposal_generator = Proposing(features, shape.anchors)
        self.shape = shape

    def detect(self, x: Tensor, size: tuple[int, int], limits: Limits) -> Detections:
        """Find cells; see `Detector.detect`."""
        maps = self.maps(x)
        (boxes,) = proposals(self.proposal_generator(maps), size, PREDICTING)
        boxes, scores = self.cells(maps, boxes, size, limits)
        masks = self.masks(maps, boxes)
        return Detections(boxes, scores, masks, scores)

    def cells(
        self, maps: Sequence[Tensor], boxes: Tensor, size: tuple[int, int], limits: Limits
    ) -> tuple[Tensor, Tensor]:
        """Return the boxes of cells, (K, 4), and their scores, (K,), the best first.

        Parameters
        ----------
        maps
            Of one image.
        boxes : (N, 4)
            Proposals.
        size
            Height and width of the image without padding.
        limits
            What is kept.
        """
        scores = []
        for stage in range(self.shape.stages):
            logits, away = self.judged(maps, [boxes], stage)
            scores.append(logits.softmax(1)[:, CELL])
            boxes = clipped(moved(boxes, away, WEIGHTS[stage]), size)
        mean = torch.stack(scores).mean(0)
        sure = (mean > limits.score) & boxes.isfinite().all(1)
        boxes, mean = boxes[sure], mean[sure]
        best = nms(boxes, mean, limits.overlap)[:MAX_PER_IMAGE]
        return boxes[best], mean[best]

    def judged(
        self, maps: Sequence[Tensor], boxes: Sequence[Tensor], stage: int
    ) -> tuple[Tensor, Tensor]:
        """Return what a stage says of boxes: logits (K, 2) and offsets (K, 4)."""
        seen = self.seen(maps, boxes, BOX_SAMPLES)
        head, predictor = self.roi_heads["box_head"], self.roi_heads["box_predictor"]
        if self.shape.stages > 1:
            head, predictor = head[stage], predictor[stage]
            if seen.requires_grad:
                # Each stage moves the backbone by its share only.
                seen.register_hook(lambda gradient: gradient / self.shape.stages)
        found: tuple[Tensor, Tensor] = predictor(head(seen))
        return found

    def masks(self, maps: Sequence[Tensor], boxes: Tensor) -> Tensor:
        """Return the probabilities of masks in (K, 4) boxes of one image, (K, 28, 28)."""
        head = self.roi_heads["mask_head"]
        parts = [
            head(self.seen(maps, [some], MASK_SAMPLES)).sigmoid() for some in boxes.split(AT_ONCE)
        ]
        return torch.cat(parts)

    def seen(self, maps: Sequence[Tensor], boxes: Sequence[Tensor], samples: int) -> Tensor:
        """Return what the heads see of boxes, (sum of K, C, samples, samples)."""
        where = levels(torch.cat(list(boxes)))
        return pooled(maps[: len(STRIDES)], STRIDES, boxes, where, samples)

    def loss(self, x: Tensor, objects: Sequence[Objects]) -> Tensor:
        """Return the losses of proposals, boxes and masks, summed."""
        size = x.shape[2], x.shape[3]
        maps = self.maps(x)
        answers = self.proposal_generator(maps)
        total = proposing_loss(answers, [of.boxes for of in objects])
        with torch.no_grad():
            found = proposals(answers, size, LEARNING)
        sampled = [
            losses.sampled(boxes, of.boxes) for boxes, of in zip(found, objects, strict=True)
        ]
        boxes = [one.boxes for one in sampled]
        for stage in range(self.shape.stages):
            if stage:
                sampled = [
                    losses.labelled(some, of.boxes, losses.OVERLAPS[stage])
                    for some, of in zip(boxes, objects, strict=True)
                ]
            logits, away = self.judged(maps, boxes, stage)
            total = total + losses.boxes_loss(logits, away, sampled, objects, WEIGHTS[stage])
            moving = moved(torch.cat(boxes), away.detach(), WEIGHTS[stage])
            boxes = [
                losses.whole(clipped(some, size))
                for some in moving.split([len(some) for some in boxes])
            ]
            if not stage:
                first = sampled
        drawn = [losses.of_cells(one) for one in first]
        if not sum(len(one.boxes) for one in drawn):
            return total
        seen = self.seen(maps, [one.boxes for one in drawn], MASK_SAMPLES)
        truth = torch.cat(
            [losses.masks_in(one, of) for one, of in zip(drawn, objects, strict=True)]
        )
        return total + F.binary_cross_entropy_with_logits(self.roi_heads["mask_head"](seen), truth)
