"""Cellpose-SAM (Pachitariu et al. 2025), by the cellpose 4 package."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..base import Method, Predictor
from ..parameters import parameter, smallest_cell
from ..preparation import InputParameters


@dataclass(frozen=True)
class CellposeSAMParameters(InputParameters):
    """What a user can set of Cellpose-SAM."""

    diameter: float | None = parameter(
        None,
        label="Cell diameter",
        help="Typical diameter of the cells, which are rescaled to 30 px; empty: not rescaled, "
        "which suits cells of 7.5 to 120 px.",
        unit="px",
        low=1,
        high=2000,
        step=1,
    )
    flow_threshold: float = parameter(
        0.4,
        label="Flow threshold",
        help="Largest error of a cell's flows; higher keeps more, worse shaped cells; 0 keeps all.",
        low=0,
        high=3,
        step=0.05,
    )
    cellprob_threshold: float = parameter(
        0.0,
        label="Cell probability threshold",
        help="Smallest logit of the cell probability; lower finds more and larger cells.",
        low=-8,
        high=8,
        step=0.1,
    )
    min_size: int = smallest_cell(15, step=1)
    niter: int | None = parameter(
        None,
        label="Flow steps",
        help="Steps by which pixels follow the flows; more for long cells; empty: 200 for cells of "
        "30 px, more for larger.",
        low=1,
        high=20_000,
        step=50,
        advanced=True,
    )
    bfloat16: bool | None = parameter(
        None,
        label="Half precision",
        help="Compute in bfloat16: half the memory, results differ slightly; empty: on NVIDIA "
        "graphics cards only.",
        advanced=True,
    )


class CellposeSAM(Method[CellposeSAMParameters]):
    """Cellpose's flows, predicted by the image encoder of Segment Anything."""

    key = "cellpose_sam"
    title = "Cellpose-SAM"
    family = "Vision transformer with flow fields"
    group = "Cells of any shape"
    purpose = "Cells of any kind of image, without settings"
    gpu = "slow without"
    citation = "Pachitariu, Rariden and Stringer 2025, bioRxiv 2025.04.28.651001"
    url = "https://doi.org/10.1101/2025.04.28.651001"
    targets = ("whole_cell", "nucleus")
    channels = ("whole_cell", "nucleus", "phase", "red", "green", "blue", "other")
    parameters = CellposeSAMParameters
    requires = ("torch", "cellpose", "segment_anything")
    extra = "cellpose"
    weights = ("encoder.pos_embed", "encoder.neck.*", "W2")
    file_patterns = ("cpsam*", "*")

    def load(self, checkpoint: Path | None, device: str) -> Predictor[CellposeSAMParameters]:
        """Load "cpsam", or what a user trained from it, from a file; nothing is downloaded."""
        checkpoint = self.needed(checkpoint)
        from .predictor import CellposeSAMPredictor

        return CellposeSAMPredictor(checkpoint, device)
