"""What a user can turn of a network of detectron2; no framework is imported here."""

from __future__ import annotations

from dataclasses import dataclass

from ..parameters import parameter
from ..shared.detector_parameters import MaskThresholdParameters
from ..shared.preprocessing import PREPROCESSINGS


@dataclass(frozen=True)
class Detectron2Parameters(MaskThresholdParameters):
    """Of every method of detectron2."""

    preprocessing: str = parameter(
        "checkpoint",
        label="Preprocessing",
        help="checkpoint: as it was trained; of SegGal's, phase contrast of 8 bits as it is, all "
        "else as Mesmer: the 99.9 % of the pixels above 0 become white, then CLAHE evens out "
        "contrast. Percentiles: 0.1 and 99.9 % become black and white. None: the image as it is.",
        choices=("checkpoint", *PREPROCESSINGS),
        advanced=True,
    )
    channels: str = parameter(
        "checkpoint",
        label="Channels",
        help="checkpoint: as many as it was trained on, where that is known; else nucleus and "
        "whole cell where the image has both, for the file doesn't say it for sure.",
        choices=("checkpoint", "one", "two"),
        advanced=True,
    )
    white: float | None = parameter(
        None,
        start=255.0,
        label="White",
        help="Intensity that white has for the network; empty: as the checkpoint was trained, "
        "which for SegGal's is taken to be 255. With 1 they see what its scripts for one channel "
        "would have shown them: an almost black image.",
        low=1,
        high=65535,
        step=1,
        advanced=True,
    )
