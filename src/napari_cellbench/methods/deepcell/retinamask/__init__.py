"""RetinaMask: boxes by anchors, and a mask in each (DeepCell)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ...base import Evaluation
from ...parameters import parameter, smallest_cell
from ..method import DeepCellMethod, DeepCellParameters

if TYPE_CHECKING:
    from ...shared.teaching import Pupil
    from ...shared.truth import Truth
    from ...training import Lesson
    from .predictor import RetinaMaskPredictor


@dataclass(frozen=True)
class RetinaMaskParameters(DeepCellParameters):
    """What a user can set of RetinaMask."""

    score_threshold: float = parameter(
        0.5,
        label="Score threshold",
        help="Confidence above which an object is kept; higher finds fewer.",
        low=0.05,
        high=1,
        step=0.05,
    )
    nms_threshold: float = parameter(
        0.5,
        label="Overlap threshold",
        help="Overlap (IoU) of boxes at which the less certain one is dropped; higher keeps more.",
        low=0,
        high=1,
        step=0.05,
    )
    mask_threshold: float = parameter(
        0.5,
        label="Mask threshold",
        help="Probability from which a pixel belongs to an object; higher shrinks the objects.",
        low=0.05,
        high=0.95,
        step=0.05,
    )
    min_size: int = smallest_cell(0)
    overlaps: str = parameter(
        "share out",
        label="Overlapping masks",
        help="share out: as SegGal; crowded masks go, and a random walk decides whose a pixel is. "
        "keep: masks may overlap, and keep their scores.",
        choices=("share out", "keep"),
        advanced=True,
    )
    anchors: str = parameter(
        "wide",
        label="Anchors",
        help="Only where a checkpoint has 6 anchors at each place, or 12: whether there are more "
        "shapes for wide cells or for tall ones, which the file doesn't say. Wrong, cells come out "
        "as boxes of the wrong shape.",
        choices=("wide", "tall"),
        advanced=True,
    )


class RetinaMask(DeepCellMethod[RetinaMaskParameters]):
    """Finds boxes around cells at once, and draws a mask in each.

    A RetinaNet whose ResNet-50 ends early, since cells are small: nuclei of TissueNet need strides
    of 2 and 4 pixels only. Up to 3000 cells a window are kept, where DeepCell stops at 300.

    SegGal's checkpoints are files `retinamask.h5`. Levels and anchors were chosen by the cells that
    a network was trained on. The levels are told by the names in the file, the number of anchors by
    their shapes: 3 are square, 9 also wide and tall; of 6 only real weights can tell whether the
    others are wide or tall, and `anchors` decides it. How images were normalised does not matter
    much, for the network does so itself, but SegGal's images of stains are taken to be prepared as
    Mesmer's: `preprocessing` changes it. DeepCell's weights are for non-commercial, academic use.
    """

    key = "retinamask"
    title = "RetinaMask"
    family = "One-stage detector with masks"
    purpose = "Nuclei and small cells as separate masks"
    gpu = "slow without"
    citation = (
        "Fu, Shvets, Berg: RetinaMask: Learning to predict masks improves state-of-the-art "
        "single-shot detection for free. arXiv 2019."
    )
    url = "https://arxiv.org/abs/1901.03353"
    parameters = RetinaMaskParameters
    requires = (*DeepCellMethod.requires, "torchvision")
    weights = ("*pyramid_classification*", "*roi_mask*")
    evaluation = Evaluation(epochs=100, batch=8, gpus=4)
    shape: ClassVar[Mapping[str, Any]] = {}
    """Of a new network, where it differs from the published one."""

    def load(self, checkpoint: Path | None, device: str) -> RetinaMaskPredictor:
        """Load Keras weights of SegGal or DeepCell, or a checkpoint of `train`.

        Raises
        ------
        CheckpointError
            If there is none, or it is damaged or of another network.
        """
        checkpoint = self.needed(checkpoint)
        from .checkpoint import load_checkpoint
        from .predictor import RetinaMaskPredictor

        return RetinaMaskPredictor(*load_checkpoint(checkpoint), device)

    def pupil(self, lesson: Lesson, truth: Truth) -> Pupil[Any]:
        """Train from random weights or a checkpoint."""
        from .training import pupil

        return pupil(self.shape, lesson, truth)
