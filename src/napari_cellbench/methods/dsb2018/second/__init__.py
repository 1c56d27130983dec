"""The second winner: where each pixel lies in its cell, by a feature pyramid."""

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
    from .predictor import SecondPredictor


@dataclass(frozen=True)
class SecondParameters(BowlParameters):
    """What a user can set of the second winner."""

    mask_threshold: float = parameter(
        0.1,
        label="Mask threshold",
        help="Probability from which a pixel may begin a cell; higher finds fewer.",
        low=0,
        high=1,
        step=0.05,
    )
    inconsistency: float = parameter(
        0.2,
        label="Largest inconsistency",
        help="How far a cell's maps may be from those of its shape; higher keeps more cells.",
        low=0.01,
        high=2,
        step=0.05,
    )
    min_size: int = smallest_cell(
        30,
        help="Cells with fewer pixels, at the magnification at which they are found, are dropped.",
    )
    magnifications: str = parameter(
        "1",
        label="Magnifications",
        help="At which the image is seen; of the cells found at each the most consistent are kept. "
        "The winner took all four, which takes five times as long as 1 alone.",
        choices=("1", "1/2, 1", "1/4, 1/2, 1", "1/4, 1/2, 1, 2"),
    )


class SecondPlace(BowlMethod[SecondParameters]):
    """Draws where each pixel lies in its cell, in four directions, and cuts where that jumps.

    The network is a ResNet-101 with a feature pyramid, which sees the image four times enlarged:
    256 pixels become 1024, and memory grows with them. Windows of 256 pixels are segmented one by
    one; `window` changes it.

    The winner's own weights are read as its repository's pieces give them when joined (Keras
    weights, `.h5`), but could not be had for a test: how images were prepared, and that they are
    enlarged by half-pixel bilinear interpolation, is taken from the description.
    """

    key = "dsb2018_second"
    title = "DSB 2018, second place"
    family = "Feature pyramid with relative positions"
    purpose = "Nuclei of many sizes and kinds"
    gpu = "slow without"
    parameters = SecondParameters
    weights = ("*fpn_p2_true_conv0*", "*output_ldl_conv*")
    file_patterns = ("*.h5", "*.hdf5", "*.safetensors")

    def load(self, checkpoint: Path | None, device: str) -> SecondPredictor:
        """Load the winner's Keras weights, or a checkpoint of `train`.

        Raises
        ------
        CheckpointError
            If there is none, or it is damaged or of another network.
        """
        checkpoint = self.needed(checkpoint)
        from .checkpoint import load_checkpoint
        from .predictor import SecondPredictor

        return SecondPredictor(*load_checkpoint(checkpoint), device)

    def pupil(self, lesson: Lesson, truth: Truth) -> Pupil[Any]:
        """Train from random weights or a checkpoint."""
        from .training import pupil

        return pupil(self.shape, lesson, truth)
