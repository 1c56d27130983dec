"""Classical watershed: threshold, distance transform, seeded watershed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..base import Method
from ..parameters import parameter

if TYPE_CHECKING:
    from .predictor import WatershedPredictor


@dataclass(frozen=True)
class WatershedParameters:
    """Settings of the classical watershed."""

    threshold: str = parameter(
        "otsu",
        label="Threshold",
        help="How foreground is told from background: Otsu's threshold of the whole image, or "
        "each pixel against its surroundings, which copes with uneven background.",
        choices=("otsu", "local"),
    )
    correction: float = parameter(
        1.0,
        label="Threshold correction",
        help="The threshold is multiplied by this: lower finds dimmer objects.",
        low=0.1,
        high=5.0,
        step=0.05,
    )
    diameter: float = parameter(
        18.0,
        label="Diameter",
        help="Typical diameter of an object. Smoothing, the distance between seeds and the "
        "window of the local threshold follow from it.",
        unit="px",
        low=2.0,
        high=500.0,
        step=1.0,
    )
    smoothing: float = parameter(
        0.05,
        label="Smoothing",
        help="Standard deviation of the Gaussian in front of the threshold, as a share of the "
        "diameter.",
        low=0.0,
        high=1.0,
        step=0.01,
        advanced=True,
    )
    min_size: int = parameter(
        20,
        label="Smallest object",
        help="Objects of fewer pixels are dropped.",
        unit="px",
        low=0,
        high=100000,
        step=5,
    )
    dark_objects: bool = parameter(
        False,
        label="Dark on bright",
        help="Objects are darker than the background, as in brightfield images.",
    )


class Watershed(Method[WatershedParameters]):
    """The CellProfiler-like reference of the Data Science Bowl paper (Caicedo et al. 2019)."""

    key = "watershed"
    title = "Classical watershed"
    family = "classical"
    citation = "Caicedo et al. 2019, Nucleus segmentation across imaging experiments, Nat. Methods"
    url = "https://doi.org/10.1038/s41592-019-0612-7"
    targets = ("nucleus", "whole_cell")
    channels = ("nucleus", "whole_cell", "phase", "red", "green", "blue", "other")
    parameters = WatershedParameters
    requires = ("skimage",)
    needs_checkpoint = False

    def load(self, checkpoint: Path | None, device: str) -> WatershedPredictor:
        """Return the predictor; there is nothing to load."""
        from .predictor import WatershedPredictor

        return WatershedPredictor()
