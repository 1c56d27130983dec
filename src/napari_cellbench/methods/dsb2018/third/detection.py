"""From an image to boxes with masks, by the third winner's network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor
from torchvision.ops import nms

from .boxes import anchors, moved, proposed, within
from .network import ThirdNet

OBJECT = 1
"""The class of nuclei, and of anchors that have one."""
MOST = 3000
"""Nuclei of an image, or of a window of it; the winner kept 512."""


@dataclass(frozen=True, eq=False)
class Detected:
    """Nuclei of an image, the most certain first.

    Attributes
    ----------
    boxes : (N, 4)
        y1, x1, y2, x2 in 0..1 of the padded image.
    scores : (N,)
    masks : (N, 28, 28)
        Logits.
    """

    boxes: Tensor
    scores: Tensor
    masks: Tensor


def detect(
    network: ThirdNet,
    x: Tensor,
    window: Sequence[float],
    confidence: float,
    overlap: float,
) -> Detected:
    """Find nuclei.

    Parameters
    ----------
    network
        In evaluation mode.
    x : (1, 3, Y, X)
        Of `network.centred`, padded.
    window
        Where the image is without its padding: y1, x1, y2, x2 in 0..1.
    confidence
        Probability from which a nucleus is kept.
    overlap
        Of boxes (IoU), above which the less certain one is dropped.
    """
    maps = network.pyramid(x)
    logits, deltas = network.proposals(maps)
    scores = logits[0].softmax(1)[:, OBJECT]
    boxes = proposed(anchors(*x.shape[2:]).to(x.device), scores, deltas[0])
    logits, deltas = network.classes(maps, [boxes])
    scores = logits.softmax(1)[:, OBJECT]
    # The likelier class of two is above a half.
    kept = (logits.argmax(1) == OBJECT) & (scores >= confidence)
    boxes = within(moved(boxes[kept], deltas[kept, OBJECT]), window)
    scores = scores[kept]
    best = nms(boxes, scores, overlap)[:MOST]
    boxes, scores = boxes[best], scores[best]
    if not len(boxes):
        return Detected(boxes, scores, boxes.new_zeros((0, 28, 28)))
    return Detected(boxes, scores, network.masks(maps, [boxes]))
