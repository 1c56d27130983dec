"""What a user can turn of a detector; no framework is imported here."""

from __future__ import annotations

from dataclasses import dataclass

from ..parameters import parameter
from ..preparation import InputParameters


@dataclass(frozen=True)
class DetectorParameters(InputParameters):
    """Of every detector."""

    score_threshold: float = parameter(
        0.3,
        label="Score threshold",
        help="Confidence from which an object is kept; higher finds fewer.",
        low=0,
        high=1,
        step=0.05,
    )
    nms_threshold: float = parameter(
        0.5,
        label="Overlap threshold",
        help="Overlap (IoU) at which the less certain of two objects is dropped; higher keeps "
        "more.",
        low=0,
        high=1,
        step=0.05,
    )
    scale: float | None = parameter(
        None,
        start=1.0,
        label="Scale",
        help="Magnification of the image before the network sees it; above 1 for cells that are "
        "smaller than those of the training images; empty: as the checkpoint was trained.",
        low=0.1,
        high=10,
        step=0.1,
    )
    channel: str = parameter(
        "auto",
        label="Channel",
        help="What to show a network of one channel; auto: what it was trained on where that is "
        "known, else the first of nucleus, whole cell and phase that the image has.",
        choices=("auto", "nucleus", "whole_cell", "phase"),
        advanced=True,
    )


@dataclass(frozen=True)
class MaskThresholdParameters(DetectorParameters):
    """Of methods whose masks are cut at a probability."""

    mask_threshold: float = parameter(
        0.5,
        label="Mask threshold",
        help="Probability from which a pixel belongs to an object; higher shrinks the objects.",
        low=0.05,
        high=0.95,
        step=0.05,
    )
