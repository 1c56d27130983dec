"""What the methods of MMDetection have in common; no framework is imported before it is used."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from ...data import Role, Sample, Target
from ..base import Method, Predictor
from ..shared.detector_parameters import DetectorParameters, MaskThresholdParameters
from ..training import TrainingReport, TrainingSettings, unreported
from .architectures import Architecture


class MMDetMethod(Method[DetectorParameters]):
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
    trainable = True

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

    def train(
        self,
        samples: Sequence[Sample],
        target: Target,
        settings: TrainingSettings,
        run: Path,
        start: Path | None = None,
        device: str = "cpu",
        report: TrainingReport = unreported,
    ) -> Path:
        """Train from random weights, COCO, ImageNet or a cell checkpoint; see `Method.train`."""
        from .training import train

        return train(
            self.key, self.architecture, samples, target, settings, run, start, device, report
        )
