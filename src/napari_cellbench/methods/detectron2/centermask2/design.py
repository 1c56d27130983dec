"""How networks of CenterMask2 are built and read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..design import Design, State, enlargement
from . import CenterMask2
from .masks import MaskIoUHead
from .network import CenterMask, CenterMaskShape

CLASSIFIER = "proposal_generator.fcos_head.cls_logits.weight"
PHOTOGRAPHS = ((103.53, 116.28, 123.675), (1.0, 1.0, 1.0))
"""detectron2's own: blue, green and red."""
WIDTH = 32
"""Pixels that a cell is to be wide for the network, whose finest map has a stride of 8."""


def design(options: Mapping[str, Any]) -> Design:
    """Return the design; `options` are those of a new network's shape that differ."""
    return Design(
        key=CenterMask2.key,
        title=CenterMask2.title,
        order=CenterMask2.order,
        told=lambda state: CenterMask(CenterMaskShape.of(state)),
        new=lambda: CenterMask(CenterMaskShape.new(options)),
        classes=lambda state: len(state[CLASSIFIER]),
        for_cells=lambda state: state,
        count=seggal_count,
        photographs=PHOTOGRAPHS,
        scale=lambda labels: enlargement(labels, WIDTH),
    )


def seggal_count(state: State) -> int:
    """Return how many channels SegGal's networks were trained on.

    Those for two were trained on masks of pixels, of which the original can't learn their quality.
    """
    return 1 if MaskIoUHead.hidden_in(state) else 2
