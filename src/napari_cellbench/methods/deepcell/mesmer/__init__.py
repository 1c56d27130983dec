"""Mesmer: distances and classes of pixels, and a watershed on them (DeepCell)."""

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
    from .predictor import MesmerPredictor


@dataclass(frozen=True)
class MesmerParameters(DeepCellParameters):
    """What a user can set of Mesmer; None, and "auto", take what the checkpoint was used with."""

    compartment: str = parameter(
        "auto",
        label="Find",
        help="What the official model's four answers are used for: nuclei or whole cells; auto: "
        "whole cells, else what the checkpoint was trained on.",
        choices=("auto", "whole_cell", "nucleus"),
    )
    maxima_threshold: float | None = parameter(
        None,
        start=0.1,
        label="Seed threshold",
        help="Height by which the centre of a cell must stand out; higher finds fewer cells.",
        low=0,
        high=1,
        step=0.025,
    )
    interior_threshold: float | None = parameter(
        None,
        start=0.2,
        label="Interior threshold",
        help="Probability from which a pixel belongs to a cell; higher shrinks the cells.",
        low=0,
        high=1,
        step=0.05,
    )
    scale: float = parameter(
        1.0,
        label="Scale",
        help="Magnification of the image before the network sees it; Mesmer was trained on 0.5 µm "
        "a pixel: for an image of 0.25 µm give 0.5.",
        low=0.1,
        high=10,
        step=0.1,
    )
    min_size: int | None = smallest_cell(None, start=15)
    radius: int | None = parameter(
        None,
        start=2,
        label="Seed radius",
        help="Radius in which a cell has one centre; larger joins cells.",
        unit="px",
        low=1,
        high=100,
        step=1,
        advanced=True,
    )
    seeds: str = parameter(
        "h-maxima",
        label="Seeds",
        help="h-maxima: centres stand out by the seed threshold. Peaks: they have that value.",
        choices=("h-maxima", "peaks"),
        advanced=True,
    )
    maxima_smooth: float | None = parameter(
        None,
        start=0.0,
        label="Smoothing of seeds",
        help="Standard deviation of a Gaussian filter of the distances; higher joins cells.",
        unit="px",
        low=0,
        high=20,
        step=0.5,
        advanced=True,
    )
    interior_smooth: float | None = parameter(
        None,
        start=2.0,
        label="Smoothing of the interior",
        help="Standard deviation of a Gaussian filter of the interior. SegGal asked for 2 by a "
        "name that its version of DeepCell ignored, and got 1.",
        unit="px",
        low=0,
        high=20,
        step=0.5,
        advanced=True,
    )
    expansion: int | None = parameter(
        None,
        start=0,
        label="Expansion",
        help="Pixels by which the interior grows before cells are divided.",
        unit="px",
        low=0,
        high=20,
        step=1,
        advanced=True,
    )
    erosion: int = parameter(
        0,
        label="Erosion",
        help="Pixels by which the cells that were found shrink.",
        unit="px",
        low=0,
        high=20,
        step=1,
        advanced=True,
    )
    holes: int | None = parameter(
        None,
        start=15,
        label="Largest hole",
        help="Holes in a cell with fewer pixels are filled.",
        unit="px",
        low=0,
        high=1_000_000,
        step=5,
        advanced=True,
    )
    stretch: str = parameter(
        "auto",
        label="Stretch the maps",
        help="Whether the network's answers are stretched to 0..1 over each image, as SegGal did; "
        "auto: for checkpoints of one task in Keras' format.",
        choices=("auto", "yes", "no"),
        advanced=True,
    )


class Mesmer(DeepCellMethod[MesmerParameters]):
    """Finds the centres and the interiors of cells, and divides these by a watershed.

    The network sees windows of 256 pixels, which it must have: where a pixel lies in its window is
    part of its input. Its answers are blended over the whole image before the watershed.

    SegGal's checkpoints, `mesmer.h5`, know one task and get SegGal's thresholds. The official
    Mesmer knows nuclei and whole cells at once; it is published for TensorFlow, and needs an
    account of DeepCell's: `model.save_weights("mesmer.h5")` there makes a file that is read here.

    Only real weights can tell how they were normalised: SegGal's images of stains are taken to
    be prepared as Mesmer's, those of phase contrast by minimum and maximum; `preprocessing`
    changes it. SegGal's smoothing of the interior is a parameter for the same reason. DeepCell's
    weights are for non-commercial, academic use.
    """

    key = "mesmer"
    title = "Mesmer"
    family = "Feature pyramid with a deep watershed"
    purpose = "Nuclei and whole cells in tissue; two stains"
    citation = (
        "Greenwald et al.: Whole-cell segmentation of tissue images with human-level performance "
        "using large-scale data annotation and deep learning. Nature Biotechnology 2022."
    )
    url = "https://doi.org/10.1038/s41587-021-01094-0"
    parameters = MesmerParameters
    weights = ("*conv_channels*", "*semantic_upsample*")
    evaluation = Evaluation(epochs=200, batch=8, gpus=4)
    # The network cuts its own windows, whose answers it blends.
    seggal: ClassVar[Mapping[str, Any] | None] = {}
    shape: ClassVar[Mapping[str, Any]] = {}
    """Of a new network, where it differs from the published one."""

    def load(self, checkpoint: Path | None, device: str) -> MesmerPredictor:
        """Load Keras weights of SegGal or DeepCell, or a checkpoint of `train`.

        Raises
        ------
        CheckpointError
            If there is none, or it is damaged or of another network.
        """
        checkpoint = self.needed(checkpoint)
        from .checkpoint import load_checkpoint
        from .predictor import MesmerPredictor

        return MesmerPredictor(*load_checkpoint(checkpoint), device)

    def pupil(self, lesson: Lesson, truth: Truth) -> Pupil[Any]:
        """Train for one task, from random weights or a checkpoint."""
        from .training import pupil

        return pupil(self.shape, lesson, truth)
