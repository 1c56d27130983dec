"""How networks of ResNeSt are built and read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..design import Design, State, enlargement
from ..settings import COCO
from . import ResNeSt
from .network import DetectorShape, ResNeStDetector
from .proposing import ANCHORS

CLASSIFIERS = (
    "roi_heads.box_predictor.0.cls_score.weight",
    "roi_heads.box_predictor.cls_score.weight",
)
"""Of a cascade, and without one."""
WIDTH = 16
"""Pixels that a cell is to be wide for the network, whose finest map has a stride of 4."""


def design(options: Mapping[str, Any]) -> Design:
    """Return the design; `options` are those of a new network's shape that differ."""
    return Design(
        key=ResNeSt.key,
        title=ResNeSt.title,
        order=ResNeSt.order,
        told=lambda state: ResNeStDetector(DetectorShape.of(state)),
        new=lambda: ResNeStDetector(DetectorShape.new(options)),
        classes=classes,
        for_cells=for_cells,
        # Its file is the same for one channel and for two.
        count=lambda state: None,
        photographs=COCO,
        scale=lambda labels: enlargement(labels, WIDTH),
    )


def classes(state: State) -> int:
    """Return how many kinds of objects weights tell apart, without the background."""
    name = CLASSIFIERS[0] if CLASSIFIERS[0] in state else CLASSIFIERS[1]
    return len(state[name]) - 1


def for_cells(state: State) -> State:
    """Leave out the anchors: those for everyday objects are too large."""
    return {name: weight for name, weight in state.items() if not name.startswith(ANCHORS)}
