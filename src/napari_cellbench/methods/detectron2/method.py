"""What the methods of detectron2 have in common; no framework is imported before it is used."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ...checkpoints import Checkpoint
from ...data import Role, Target
from ..shared.taught import TaughtMethod
from .parameters import Detectron2Parameters
from .settings import Order

if TYPE_CHECKING:
    from ..shared.teaching import Pupil
    from ..shared.truth import Truth
    from ..training import Lesson
    from .design import Design
    from .predictor import Detectron2Predictor


def seggal_channels(checkpoint: Checkpoint) -> str:
    """Return how many channels a checkpoint of SegGal's was trained on."""
    return "two" if len(checkpoint.channels) == 2 else "one"


class Detectron2Method(TaughtMethod[Detectron2Parameters]):
    """A network of detectron2.

    Attributes
    ----------
    order
        Of the channels that the network sees.
    shape
        Of a new network, where it differs from the usual one.
    """

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
    parameters: type[Detectron2Parameters] = Detectron2Parameters
    requires: ClassVar[tuple[str, ...]] = ("safetensors", "torch", "torchvision")
    extra = "detectron2"
    file_patterns: ClassVar[tuple[str, ...]] = ("*.pth", "*.safetensors")
    seggal: ClassVar[Mapping[str, Any] | None] = {"window": 256, "channels": seggal_channels}
    order: ClassVar[Order]
    shape: ClassVar[Mapping[str, Any]] = {}

    @abstractmethod
    def design(self) -> Design:
        """Return how networks of this method are built and read."""

    def load(self, checkpoint: Path | None, device: str) -> Detectron2Predictor:
        """Load a checkpoint of SegGal or detectron2 for one class, or of `train`.

        Raises
        ------
        CheckpointError
            If there is none, it is damaged, of another network or of other objects than cells.
        """
        checkpoint = self.needed(checkpoint)
        from .checkpoint import load_checkpoint
        from .predictor import Detectron2Predictor

        return Detectron2Predictor(*load_checkpoint(checkpoint, self.design()), device)

    def pupil(self, lesson: Lesson, truth: Truth) -> Pupil[Any]:
        """Train from random weights, COCO, or a cell checkpoint."""
        from .training import pupil

        return pupil(self.design(), lesson, truth)
