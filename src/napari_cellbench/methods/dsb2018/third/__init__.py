"""The third winner: Mask R-CNN, with or without many views of the image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...parameters import parameter, smallest_cell
from ..method import BowlMethod, BowlParameters

if TYPE_CHECKING:
    from ...shared.teaching import Pupil
    from ...shared.truth import Truth
    from ...training import Lesson
    from .predictor import ThirdPredictor


@dataclass(frozen=True)
class ThirdParameters(BowlParameters):
    """What a user can set of the third winner."""

    score_threshold: float = parameter(
        0.9,
        label="Score threshold",
        help="Confidence from which a nucleus is kept; higher finds fewer.",
        low=0.5,
        high=1,
        step=0.05,
    )
    nms_threshold: float = parameter(
        0.2,
        label="Overlap threshold",
        help="Overlap (IoU) of boxes above which the less certain one is dropped; higher keeps "
        "more.",
        low=0,
        high=1,
        step=0.05,
    )
    mask_threshold: float = parameter(
        0.5,
        label="Mask threshold",
        help="Probability from which a pixel belongs to a nucleus; higher shrinks the nuclei.",
        low=0.05,
        high=0.95,
        step=0.05,
    )
    short_side: int | None = parameter(
        None,
        start=512,
        label="Shortest side",
        help="To which a smaller image, or a smaller window of one, is enlarged; empty: as the "
        "checkpoint was trained, 512 for the winner's own.",
        unit="px",
        low=1,
        high=4096,
        step=64,
    )
    dilation: int = parameter(
        1,
        label="Dilation",
        help="Pixels by which nuclei grow in the end: 1 as the winner had it.",
        unit="px",
        low=0,
        high=20,
        step=1,
    )
    views: str = parameter(
        "one",
        label="Views",
        help="one: the image as it is, which its author recommends. fifteen: also turned, mirrored "
        "and scaled, and a pixel needs the votes of five; takes fifteen times as long and more.",
        choices=("one", "fifteen"),
    )
    min_size: int = smallest_cell(0)


class ThirdPlace(BowlMethod[ThirdParameters]):
    """Finds boxes of nuclei at many sizes, and draws a mask in each: Mask R-CNN on a ResNet-101.

    Boxes and anchors follow Matterport's conventions, which differ from torchvision's by half a
    pixel here and there: the winner's own weights (Keras, `.h5`) need these. Small images are
    enlarged to 512 pixels. Up to 3000 nuclei a window are kept, where the winner stopped at 512.

    Training can start from Matterport's `mask_rcnn_coco.h5`, whose layers have the same names: what
    fits is taken. The winner's own weights could not be had for a test: how images were prepared is
    taken from the description, and `preprocessing` changes it.
    """

    key = "dsb2018_third"
    title = "DSB 2018, third place"
    family = "Two-stage detector"
    purpose = "Nuclei as separate masks"
    gpu = "slow without"
    parameters = ThirdParameters
    weights = ("*rpn_conv_shared*|*rpn_model*", "*mrcnn_mask_deconv*")
    file_patterns = ("*.h5", "*.safetensors")

    def load(self, checkpoint: Path | None, device: str) -> ThirdPredictor:
        """Load the winner's Keras weights, or a checkpoint of `train`.

        Raises
        ------
        CheckpointError
            If there is none, or it is damaged or of another network.
        """
        checkpoint = self.needed(checkpoint)
        from .checkpoint import load_checkpoint
        from .predictor import ThirdPredictor

        return ThirdPredictor(*load_checkpoint(checkpoint), device)

    def pupil(self, lesson: Lesson, truth: Truth) -> Pupil[Any]:
        """Train from random weights, COCO's or a checkpoint."""
        from .training import pupil

        return pupil(self.shape, lesson, truth)
