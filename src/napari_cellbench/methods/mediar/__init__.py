"""MEDIAR, which won the cell segmentation challenge of NeurIPS 2022 (Lee et al.)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ...data import Role, Target
from ..parameters import parameter, smallest_cell
from ..preparation import InputParameters
from ..shared.taught import TaughtMethod

if TYPE_CHECKING:
    from ..shared.teaching import Pupil
    from ..shared.truth import Truth
    from ..training import Lesson
    from .network import MediarShape
    from .predictor import MediarPredictor


@dataclass(frozen=True)
class MediarParameters(InputParameters):
    """What a user can set of MEDIAR; the defaults are those that it won with."""

    foreground_threshold: float = parameter(
        0.5,
        label="Foreground threshold",
        help="Probability from which a pixel belongs to a cell; lower finds more and larger cells.",
        low=0,
        high=1,
        step=0.05,
    )
    flow_threshold: float = parameter(
        0.4,
        label="Flow threshold",
        help="Largest error of a cell's flows; higher keeps more, worse shaped cells; 0 keeps all.",
        low=0,
        high=3,
        step=0.05,
    )
    min_size: int = smallest_cell(
        16,
        step=1,
        help="Cells with fewer pixels are dropped, and smaller holes in them are filled.",
    )
    flips: bool = parameter(
        True,
        label="Look at mirror images",
        help="Segment the image and two mirror images of it, and average: a little better, and "
        "takes three times as long.",
    )
    channel: str = parameter(
        "auto",
        label="Channel",
        help="What to show of an image of several stains; auto: colours as they are, what the "
        "checkpoint was trained on, else the first of whole cell, phase and nucleus.",
        choices=("auto", "whole_cell", "phase", "nucleus"),
        advanced=True,
    )
    overlap: float = parameter(
        0.6,
        label="Overlap of windows",
        help="Of the windows that the network sees, as a share of their side; less is faster.",
        low=0,
        high=0.9,
        step=0.1,
        advanced=True,
    )
    growth: int | None = parameter(
        None,
        start=1,
        label="Growth",
        help="Pixels by which cells grow in the end; empty: what was left out at their edges when "
        "the checkpoint was trained, which its file says; of the published ones none.",
        unit="px",
        low=0,
        high=20,
        step=1,
        advanced=True,
    )
    niter: int = parameter(
        200,
        label="Flow steps",
        help="Steps by which pixels follow the flows; more for long cells.",
        low=1,
        high=20_000,
        step=50,
        advanced=True,
    )


class Mediar(TaughtMethod[MediarParameters]):
    """Flows and cell probability by a transformer, masks by following the flows.

    A Mix Transformer (SegFormer, B5) looks at windows of 512 pixels that overlap by more than half,
    and at two mirror images of each. A checkpoint is one network, or a folder (or its zip) of
    several, whose answers are averaged: the published `from_phase1.pth` and `from_phase2.pth` won
    together.

    It is slow without a GPU: half a minute and more for 512 x 512 pixels. Without mirror images it
    takes a third of that.
    """

    key = "mediar"
    title = "MEDIAR"
    family = "Transformer with flow fields"
    group = "Cells of any shape"
    purpose = "Whole cells in any kind of image"
    gpu = "slow without"
    citation = (
        "Lee, Kim, Kim, Yun: MEDIAR: Harmony of Data-Centric and Model-Centric for Multi-Modality "
        "Microscopy. NeurIPS Cell Segmentation Challenge 2022."
    )
    url = "https://arxiv.org/abs/2212.03465"
    targets: ClassVar[tuple[Target, ...]] = ("whole_cell", "nucleus")
    channels: ClassVar[tuple[Role, ...]] = (
        "whole_cell",
        "nucleus",
        "phase",
        "red",
        "green",
        "blue",
        "other",
    )
    parameters = MediarParameters
    requires = ("safetensors", "torch")
    extra = "mediar"
    weights = (
        "encoder.patch_embed1.proj.weight|from_phase*.pth",
        "gradflow_head.0.weight|from_phase*.pth",
    )
    file_patterns = ("*.pth", "*.zip", "*.safetensors", "from_phase*.pth")
    shape: ClassVar[MediarShape | None] = None
    """Of a new network; None for the published one."""

    def load(self, checkpoint: Path | None, device: str) -> MediarPredictor:
        """Load a file of MEDIAR's or of `train`, or a folder of several.

        Raises
        ------
        CheckpointError
            If there is none, or it is damaged or of another network.
        """
        checkpoint = self.needed(checkpoint, "choose one, or a file of your own")
        from .checkpoint import load_members
        from .predictor import MediarPredictor

        return MediarPredictor(*load_members(checkpoint), device)

    def pupil(self, lesson: Lesson, truth: Truth) -> Pupil[Any]:
        """Train from random weights, a checkpoint, or SegFormer's encoder."""
        from .network import MediarShape
        from .training import pupil

        return pupil(self.shape or MediarShape(), lesson, truth)
