"""What the methods of MMDetection have in common; no framework is imported before it is used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ...data import Role, Target
from ..base import Predictor
from ..shared.detector_parameters import DetectorParameters, MaskThresholdParameters
from ..shared.taught import TaughtMethod
from .architectures import Architecture

if TYPE_CHECKING:
    from ..shared.teaching import Pupil
    from ..shared.truth import Truth
    from ..training import Lesson


class MMDetMethod(TaughtMethod[DetectorParameters]):
    """A network of MMDetection.

    Attributes
    ----------
    architecture
        Which one.
    """

    architecture: ClassVar[Architecture]
    group = "Detectors of the systematic evaluation"
    purpose = "Separate masks that may overlap"
    gpu = "slow without"
    targets: ClassVar[tuple[Target, ...]] = ("nucleus", "whole_cell")
    channels: ClassVar[tuple[Role, ...]] = (
        "nucleus",
        "whole_cell",
        "phase",
        "red",
        "green",
        "blue",
    )
    parameters: type[DetectorParameters] = MaskThresholdParameters
    requires = ("mmdet", "mmcv", "mmengine", "cv2", "safetensors", "torch", "torchvision")
    extra = "mmdet"
    file_patterns = ("*.pth", "*.pt", "*.safetensors")

    def load(self, checkpoint: Path | None, device: str) -> Predictor[DetectorParameters]:
        """Load a checkpoint of SegGal, of MMDetection's own training, or of `train`.

        Raises
        ------
        CheckpointError
            If there is none, it is damaged, of another network or of other objects than cells.
        """
        checkpoint = self.needed(checkpoint)
        from .checkpoint import load_checkpoint
        from .predictor import DetectorPredictor

        network, settings = load_checkpoint(checkpoint, self.key, self.architecture)
        return DetectorPredictor(network, settings, device)

    def pupil(self, lesson: Lesson, truth: Truth) -> Pupil[Any]:
        """Train from random weights, COCO, ImageNet or a cell checkpoint."""
        from .training import pupil

        return pupil(self.key, self.architecture, lesson, truth)
