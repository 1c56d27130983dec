"""Classical watershed: threshold, distance transform, seeded watershed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..base import Method
from ..parameters import parameter
from ..preparation import InputParameters

if TYPE_CHECKING:
    from .predictor import WatershedPredictor


@dataclass(frozen=True)
class WatershedParameters(InputParameters):
    """Settings of the classical watershed."""

    threshold: str = parameter(
        "li",
        label="Threshold",
        help="How foreground is told from background: by Li's minimum cross entropy or Otsu's "
        "variance of the whole image, or each pixel against its surroundings, which copes with "
        "uneven background.",
        choices=("li", "otsu", "local"),
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
        20.0,
        label="Diameter",
        help="Typical diameter of an object. The roughness of outlines that is overlooked, the "
        "window of the local threshold and the overlap of tiles follow from it.",
        unit="px",
        low=2.0,
        high=500.0,
        step=1.0,
    )
    neck: float = parameter(
        0.95,
        label="Neck",
        help="Objects that touch are split where they are narrower than this share of the "
        "smaller one's width: higher splits more.",
        low=0.0,
        high=1.0,
        step=0.05,
    )
    edge: float = parameter(
        0.5,
        label="Edge",
        help="An object ends where its brightness falls to this share of its mean: higher draws "
        "tighter outlines, 0 leaves them at the threshold.",
        low=0.0,
        high=1.0,
        step=0.05,
    )
    smoothing: float = parameter(
        0.5,
        label="Smoothing",
        help="Standard deviation of the Gaussian in front of the threshold, against noise.",
        unit="px",
        low=0.0,
        high=50.0,
        step=0.5,
        advanced=True,
    )
    min_size: int = parameter(
        30,
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
    family = "Threshold and watershed"
    group = "Without a network"
    purpose = "Bright nuclei on dark, or dark on bright; fastest"
    citation = "Caicedo et al. 2019, Nucleus segmentation across imaging experiments, Nat. Methods"
    url = "https://doi.org/10.1038/s41592-019-0612-7"
    targets = ("nucleus", "whole_cell")
    channels = ("nucleus", "whole_cell", "phase", "red", "green", "blue", "other")
    parameters = WatershedParameters
    requires = ("skimage",)
    needs_checkpoint = False
    kinds = ("fluorescence", "composite", "dark_on_bright")

    def load(self, checkpoint: Path | None, device: str) -> WatershedPredictor:
        """Return the predictor; there is nothing to load."""
        from .predictor import WatershedPredictor

        return WatershedPredictor()
