"""What a network of MMDetection expects of its input."""

from __future__ import annotations

from dataclasses import dataclass

from ..shared.detector_settings import DetectorSettings
from ..shared.preprocessing import Preprocessing
from .architectures import Architecture


@dataclass(frozen=True)
class InputSettings(DetectorSettings):
    """How images are prepared for a network, and how it was built.

    Attributes
    ----------
    for_cells
        As in `build_network`.
    """

    preprocessing: Preprocessing = "percentiles + CLAHE"
    for_cells: bool = False

    @classmethod
    def of_seggal(cls, architecture: Architecture, channels: int) -> InputSettings:
        """Return what SegGal's checkpoints of an architecture were trained with."""
        mean, std = architecture.mean[:channels], architecture.std[:channels]
        return cls(mean, std, scale=architecture.scale)
