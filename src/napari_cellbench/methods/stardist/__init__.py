"""StarDist: star-convex polygons (Schmidt et al. 2018)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ...data import Role, Target
from ..parameters import parameter
from ..preparation import InputParameters
from ..shared.metadata import member, numbers, safetensors_metadata
from ..shared.taught import TaughtMethod
from .settings import Normalization, Search, Thresholds

if TYPE_CHECKING:
    from ..shared.teaching import Pupil
    from ..shared.truth import Truth
    from ..training import Lesson
    from .predictor import StarDistPredictor


_THRESHOLDS = {"prob": "prob_threshold", "nms": "nms_threshold"}
_PERCENTILES = {"low": "low_percentile", "high": "high_percentile"}
_SEARCH = {"views": "views", "border": "border"}
"""What the parts of a checkpoint's settings are called among the parameters."""


@dataclass(frozen=True)
class StarDistParameters(InputParameters):
    """What a user can turn; None takes the checkpoint's own value."""

    prob_threshold: float | None = parameter(
        None,
        start=0.5,
        label="Probability threshold",
        help="Object probability from which a pixel may seed an object; higher finds fewer.",
        low=0,
        high=1,
        step=0.05,
    )
    nms_threshold: float | None = parameter(
        None,
        start=0.4,
        label="Overlap threshold",
        help="Overlap at which the less probable of two objects is dropped; higher keeps more.",
        low=0,
        high=1,
        step=0.05,
    )
    scale: float = parameter(
        1.0,
        label="Scale",
        help="Magnification of the image before the network sees it; above 1 for objects that "
        "are smaller than those of the training images.",
        low=0.1,
        high=10,
        step=0.1,
    )
    views: int | None = parameter(
        None,
        start=2,
        label="Views",
        help="Flips and rotations of the image over which the network's answers are averaged: "
        "more are steadier, and slower by as many times.",
        low=1,
        high=8,
        step=1,
    )
    border: int | None = parameter(
        None,
        start=0,
        label="Border",
        help="Cells of the network's grid along the image's edge in which no object is centred: "
        "0 finds objects that the edge cuts, StarDist's own is 2.",
        low=0,
        high=100,
        step=1,
        advanced=True,
    )
    low_percentile: float | None = parameter(
        None,
        start=1.0,
        label="Black percentile",
        help="Percentile of the intensities that becomes 0; higher darkens the background.",
        unit="%",
        low=0,
        high=100,
        step=0.1,
        advanced=True,
    )
    high_percentile: float | None = parameter(
        None,
        start=99.8,
        label="White percentile",
        help="Percentile of the intensities that becomes 1; lower brightens the objects.",
        unit="%",
        low=0,
        high=100,
        step=0.1,
        advanced=True,
    )


class StarDist(TaughtMethod[StarDistParameters]):
    """Finds objects as star-convex polygons around their most probable pixels."""

    key = "stardist"
    title = "StarDist"
    family = "Star-convex polygons"
    group = "Nuclei and round cells"
    purpose = "Nuclei and other round objects, crowded too; fast"
    citation = (
        "Schmidt, Weigert, Broaddus, Myers: Cell Detection with Star-convex Polygons. MICCAI 2018."
    )
    url = "https://github.com/stardist/stardist"
    targets: ClassVar[tuple[Target, ...]] = ("nucleus", "whole_cell")
    channels: ClassVar[tuple[Role, ...]] = (
        "nucleus",
        "whole_cell",
        "phase",
        "red",
        "green",
        "blue",
    )
    parameters = StarDistParameters
    requires = ("h5py", "safetensors", "stardist", "torch")
    extra = "stardist"
    weights = ("config.json|*down_level_0_no_0*", "*weights*.h5|*up_level_0_no_*")
    file_patterns = ("*.safetensors", "*.zip", "*.h5", "*.hdf5", "weights_*.h5")

    def load(self, checkpoint: Path | None, device: str) -> StarDistPredictor:
        """Load a model folder or zip, bare Keras weights, or this package's own format.

        Raises
        ------
        CheckpointError
            If there is none, or it is damaged or not a 2-D StarDist model.
        """
        from .checkpoint import load_checkpoint
        from .predictor import StarDistPredictor

        checkpoint = self.needed(checkpoint, "choose one")
        return StarDistPredictor(*load_checkpoint(checkpoint), device)

    def automatic(self, checkpoint: Path) -> Mapping[str, float]:
        """Tell what the file says; of the authors' models, StarDist's own where it doesn't."""
        told = safetensors_metadata(checkpoint) if checkpoint.is_file() else {}
        if told.get("method") == self.key:
            return {
                **numbers(told.get("thresholds"), _THRESHOLDS),
                **numbers(told.get("normalization"), _PERCENTILES),
                **numbers(told.get("search"), _SEARCH),
            }
        return {
            **numbers(asdict(Normalization()), _PERCENTILES),
            **numbers(asdict(Search()), _SEARCH),
            **numbers(asdict(Thresholds()), _THRESHOLDS),
            **numbers(member(checkpoint, "thresholds.json"), _THRESHOLDS),
        }

    def pupil(self, lesson: Lesson, truth: Truth) -> Pupil[Any]:
        """Train from random weights or a checkpoint."""
        from .training import pupil

        return pupil(lesson, truth)
