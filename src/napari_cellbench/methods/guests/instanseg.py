"""InstanSeg: nuclei and cells from any number of channels, by embeddings of pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data import Instances, Role
from ...data.sample import RGB
from ...data.statistics import Statistics
from ..base import Method, Predictor, Progress, Tiling
from ..parameters import parameter
from ..preparation import InputParameters
from ..shared.channels import choose_channels
from . import common

PERCENTILE = 0.1
"""What InstanSeg maps to 0; what is as far from the brightest, to 1."""
LEAST_RANGE = 1e-3
"""Between these, as InstanSeg has it."""


@dataclass(frozen=True)
class InstanSegParameters(InputParameters):
    """What a user can set of InstanSeg; what is empty keeps what the model was published with."""

    compartment: str = parameter(
        "auto",
        label="Find",
        help="What a model that finds both is used for: nuclei or whole cells; auto: whole cells.",
        choices=("auto", "whole_cell", "nucleus"),
    )
    pixel_size: float | None = parameter(
        None,
        start=0.5,
        label="Pixel size of the image",
        help="Side of a pixel, by which the image is rescaled to what the model was trained on; "
        "empty: not rescaled.",
        unit="µm",
        low=0.01,
        high=10,
        step=0.05,
    )
    seed_threshold: float | None = parameter(
        None,
        start=0.7,
        label="Seed threshold",
        help="How sure the centre of an object must be; higher finds fewer.",
        low=0,
        high=1,
        step=0.05,
    )
    mask_threshold: float | None = parameter(
        None,
        start=0.53,
        label="Mask threshold",
        help="Probability from which a pixel belongs to an object; higher shrinks objects.",
        low=0,
        high=1,
        step=0.01,
    )
    overlap_threshold: float | None = parameter(
        None,
        start=0.3,
        label="Overlap",
        help="Objects that overlap by more than this share are one.",
        low=0,
        high=1,
        step=0.05,
        advanced=True,
    )
    min_size: int | None = parameter(
        None,
        start=10,
        label="Smallest object",
        help="Objects with fewer pixels are dropped.",
        unit="px",
        low=0,
        high=1_000_000,
        step=1,
        advanced=True,
    )


class InstanSegMethod(Method[InstanSegParameters]):
    """InstanSeg by its own package; of a model's file the weights alone are used."""

    key = "instanseg"
    title = "InstanSeg"
    family = "U-Net with embeddings of pixels"
    group = common.GROUP
    purpose = "Nuclei and cells from any number of channels; fast"
    citation = "Goldsborough et al. 2024, arXiv 2408.15954"
    url = "https://doi.org/10.48550/arXiv.2408.15954"
    targets = ("whole_cell", "nucleus")
    channels = ("nucleus", "whole_cell", "red", "green", "blue", "other")
    parameters = InstanSegParameters
    requires = ("torch", "instanseg", "pandas", "seaborn")
    environment = common.environment(
        "instanseg",
        "instanseg-torch==0.1.2",
        # What it imports, but asks for only with all its extras.
        "pandas==3.1.1",
        "seaborn==0.13.2",
        licence="Apache-2.0",
        download=2.9,
        size=5.2,
        pythons=("3.11", "3.12", "3.13"),
    )
    weights = ("pixel_classifier", "default_seed_threshold")
    file_patterns = ("*.pt",)

    def load(self, checkpoint: Path | None, device: str) -> Predictor[InstanSegParameters]:
        """Load ``instanseg.pt`` of a published model."""
        return InstanSegPredictor(self.needed(checkpoint, "choose a file"), device)


class InstanSegPredictor(Predictor[InstanSegParameters]):
    """An `InstanSeg` of the package.

    Parameters
    ----------
    checkpoint
        ``instanseg.pt`` of a published model.
    device
        As torch names it.

    Raises
    ------
    CheckpointError
        If the file is damaged, or of another method.
    """

    def __init__(self, checkpoint: Path, device: str) -> None:
        import instanseg

        from .instanseg_network import load_network

        network, self.channels = load_network(checkpoint)
        self.model = instanseg.InstanSeg(network, device=device, verbosity=0)

    def predict(
        self,
        image: NDArray[Any],
        roles: Sequence[Role],
        parameters: InstanSegParameters,
        statistics: Statistics,
        progress: Progress,
    ) -> Instances:
        """Segment an image or a tile; see `Predictor.predict`."""
        chosen = list(range(len(image)))
        if self.channels is not None:
            chosen = choose_channels(roles, RGB if self.channels == len(RGB) else ())
        x = np.stack([_normalised(image[c], statistics, c) for c in chosen])
        progress(0, 1)
        asked = {
            name: getattr(parameters, name)
            for name in ("seed_threshold", "mask_threshold", "overlap_threshold", "min_size")
            if getattr(parameters, name) is not None
        }
        found = self.model.eval_small_image(
            x, parameters.pixel_size, normalise=False, return_image_tensor=False, **asked
        )
        progress(1, 1)
        labels = found[0].cpu().numpy().astype(np.int32)
        return Instances.from_labels(labels[0 if parameters.compartment == "nucleus" else -1])

    def tiling(self, parameters: InstanSegParameters) -> Tiling:
        """Cut as the package does: tiles of 1024 px of the model's own scale."""
        return Tiling(1024, overlap=160)


def _normalised(plane: NDArray[Any], statistics: Statistics, channel: int) -> NDArray[np.float32]:
    low = statistics.percentile(PERCENTILE, channel)
    high = statistics.percentile(100 - PERCENTILE, channel)
    return (plane.astype(np.float32) - np.float32(low)) / np.float32(max(LEAST_RANGE, high - low))
