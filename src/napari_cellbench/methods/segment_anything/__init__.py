"""Segment Anything (Kirillov et al. 2023) and MobileSAM (Zhang et al. 2023)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..parameters import parameter
from ..preparation import InputParameters
from ..shared.taught import TaughtMethod

if TYPE_CHECKING:
    from ..shared.teaching import Pupil
    from ..shared.truth import Truth
    from ..training import Lesson
    from .predictor import SegmentAnythingPredictor
    from .session import PromptSession


@dataclass(frozen=True)
class SegmentAnythingParameters(InputParameters):
    """What a user can set of the automatic mask generator."""

    point_spacing: float = parameter(
        16.0,
        label="Point spacing",
        help="Distance of the points that SAM is asked about: a cell without a point in it is not "
        "found; half the spacing takes four times as long.",
        unit="px",
        low=2,
        high=512,
        step=2,
    )
    iou_threshold: float = parameter(
        0.8,
        label="Predicted IoU",
        help="Smallest IoU that SAM itself expects of a mask; higher finds fewer, surer cells.",
        low=0,
        high=1,
        step=0.02,
    )
    stability_threshold: float = parameter(
        0.9,
        label="Stability",
        help="Smallest agreement of a mask with the one at another cut-off; higher drops masks "
        "with blurred edges.",
        low=0,
        high=1,
        step=0.02,
    )
    min_area: int = parameter(
        30,
        label="Smallest area",
        help="Masks with fewer pixels are dropped.",
        unit="px",
        low=0,
        high=10_000_000,
        step=10,
    )
    max_area: int = parameter(
        20_000,
        label="Largest area",
        help="Masks with more pixels are dropped: the background, and clumps of cells.",
        unit="px",
        low=1,
        high=10_000_000,
        step=1000,
    )
    magnification: float = parameter(
        1.0,
        label="Magnification",
        help="SAM looks at 1024 x 1024 pixels at once. Above 1 it looks at smaller pieces of a "
        "large image, enlarged, and sees small cells better; an image of 1024 px or less is "
        "enlarged to that anyway.",
        low=1,
        high=8,
        step=0.5,
    )
    points_per_side: int | None = parameter(
        None,
        start=32,
        label="Points per side",
        help="Points along each side of a tile, instead of a spacing; more find smaller cells.",
        low=1,
        high=256,
        step=1,
        advanced=True,
    )
    nms_threshold: float = parameter(
        0.7,
        label="Box overlap",
        help="IoU of two masks' boxes at which the one of lower predicted IoU is dropped; higher "
        "keeps more.",
        low=0,
        high=1,
        step=0.05,
        advanced=True,
    )
    crop_layers: int = parameter(
        0,
        label="Crop layers",
        help="Looks again at 4 (1 layer), 20 (2) or 84 (3) enlarged parts of each tile; finds "
        "small cells beside large ones, and takes as many times as long.",
        low=0,
        high=3,
        step=1,
        advanced=True,
    )


class SegmentAnything(TaughtMethod[SegmentAnythingParameters]):
    """Asks Segment Anything or MobileSAM about a grid of points, and keeps the good masks.

    The checkpoint decides which network it is: ViT-B, -L or -H of Segment Anything, or MobileSAM,
    whose encoder is about ten times as fast. They were trained on photographs; training teaches
    the mask decoder cells.
    """

    key = "segment_anything"
    title = "Segment Anything"
    family = "Promptable vision transformer"
    group = "Anything with an outline"
    purpose = "What no model was trained on"
    gpu = "slow without"
    citation = (
        "Kirillov et al. 2023, Segment Anything, ICCV; "
        "Zhang et al. 2023, Faster Segment Anything (MobileSAM), arXiv 2306.14289"
    )
    url = "https://doi.org/10.1109/ICCV51070.2023.00371"
    targets = ("whole_cell", "nucleus")
    channels = ("whole_cell", "nucleus", "phase", "red", "green", "blue", "other")
    parameters = SegmentAnythingParameters
    requires = ("torch", "torchvision", "segment_anything", "timm", "safetensors")
    extra = "sam"
    weights = ("image_encoder.*", "prompt_encoder.*", "mask_decoder.*")
    file_patterns = ("*.pth", "*.pt", "*.safetensors")

    def load(self, checkpoint: Path | None, device: str) -> SegmentAnythingPredictor:
        """Load a published checkpoint, or one with the same names; nothing is downloaded.

        Raises
        ------
        CheckpointError
            If there is none, or it is damaged, of another method, or would run code.
        """
        checkpoint = self.needed(checkpoint)
        from .network import load_sam
        from .predictor import SegmentAnythingPredictor

        return SegmentAnythingPredictor(load_sam(checkpoint), device)

    def pupil(self, lesson: Lesson, truth: Truth) -> Pupil[Any]:
        """Prepare a checkpoint's mask decoder; see `TaughtMethod.pupil`."""
        from .training import pupil

        return pupil(lesson, truth)

    def open_session(self, checkpoint: Path, device: str, digest: str) -> PromptSession:
        """Load a checkpoint to be asked about single cells; see `PromptSession`."""
        from .network import load_sam
        from .prompter import Prompter
        from .session import PromptSession

        return PromptSession(Prompter(load_sam(checkpoint), device), digest)
