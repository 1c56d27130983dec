"""The U-Net of Cellpose 1-3 (Stringer et al. 2021)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..base import Predictor
from ..parameters import parameter, smallest_cell
from ..preparation import InputParameters
from ..shared.metadata import numbers, safetensors_metadata
from ..shared.taught import TaughtMethod

if TYPE_CHECKING:
    from ..shared.teaching import Pupil
    from ..shared.truth import Truth
    from ..training import Lesson


@dataclass(frozen=True)
class Thresholds:
    """Thresholds that a checkpoint was tuned to; the defaults are Cellpose's own."""

    flow_threshold: float = 0.4
    cellprob_threshold: float = 0.0


@dataclass(frozen=True)
class CellposeUNetParameters(InputParameters):
    """What a user can set of Cellpose."""

    diameter: float | None = parameter(
        None,
        start=30.0,
        label="Cell diameter",
        help="Typical diameter of the cells in this image, to which it is rescaled; empty: the "
        "mean diameter of the cells that the checkpoint was trained on.",
        unit="px",
        low=1,
        high=2000,
        step=1,
    )
    estimate_diameter: bool = parameter(
        False,
        label="Estimate the diameter",
        help="Segment twice: the second time with the median diameter of the cells that the first "
        "found. Takes twice as long. Large images: each tile by itself.",
    )
    flow_threshold: float | None = parameter(
        None,
        start=0.4,
        label="Flow threshold",
        help="Largest error of a cell's flows; higher keeps more, worse shaped cells; 0 keeps all; "
        "empty: what the checkpoint was tuned to, else 0.4.",
        low=0,
        high=3,
        step=0.05,
    )
    cellprob_threshold: float | None = parameter(
        None,
        start=0.0,
        label="Cell probability threshold",
        help="Smallest logit of the cell probability; lower finds more and larger cells; empty: "
        "what the checkpoint was tuned to, else 0.",
        low=-8,
        high=8,
        step=0.1,
    )
    min_size: int = smallest_cell(15, step=1)
    niter: int | None = parameter(
        None,
        start=200,
        label="Flow steps",
        help="Steps by which pixels follow the flows; more for long cells; empty: 200 for cells of "
        "the training size, more for larger.",
        low=1,
        high=20_000,
        step=50,
        advanced=True,
    )


class CellposeUNetMethod(TaughtMethod[CellposeUNetParameters]):
    """Cellpose 1-3: flows by a residual U-Net, masks by following them."""

    key = "cellpose_unet"
    title = "Cellpose (U-Net)"
    family = "U-Net with flow fields"
    group = "Cells of any shape"
    purpose = "Whole cells and nuclei of any shape"
    citation = "Stringer et al. 2021, Nature Methods 18, 100-106"
    url = "https://doi.org/10.1038/s41592-020-01018-x"
    targets = ("whole_cell", "nucleus")
    channels = ("whole_cell", "nucleus", "phase", "red", "green", "blue", "other")
    parameters = CellposeUNetParameters
    requires = ("torch", "cellpose", "safetensors")
    extra = "cellpose"
    weights = ("downsample.down.res_down_0.*", "upsample.up.res_up_0.*")
    file_patterns = ("*",)

    def load(self, checkpoint: Path | None, device: str) -> Predictor[CellposeUNetParameters]:
        """Load a checkpoint of Cellpose 1-3, of SegGal, of the user's or of this package."""
        from .checkpoint import load_checkpoint
        from .predictor import CellposeUNetPredictor

        checkpoint = self.needed(checkpoint)
        network, tuned = load_checkpoint(checkpoint)
        return CellposeUNetPredictor(network, tuned, device)

    def automatic(self, checkpoint: Path) -> Mapping[str, float]:
        """Tell the thresholds that the file was tuned to, else Cellpose's."""
        own = asdict(Thresholds())
        names = {name: name for name in own}
        return {**own, **numbers(safetensors_metadata(checkpoint).get("parameters"), names)}

    def pupil(self, lesson: Lesson, truth: Truth) -> Pupil[Any]:
        """Train from random weights or a checkpoint."""
        from .training import pupil

        return pupil(lesson, truth)
