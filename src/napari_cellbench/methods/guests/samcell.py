"""SAMCell: Segment Anything taught to give the distance to a cell's edge, then watershed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data import Instances, Role
from ...data.statistics import Statistics
from ...errors import CheckpointError
from ..base import Method, Predictor, Progress, Tiling
from ..parameters import parameter
from ..preparation import InputParameters
from ..shared.channels import choose_channels
from . import common

CROP, OVERLAP = 256, 32
"""Side and overlap of the pieces that the network sees, as SAMCell has them."""


@dataclass(frozen=True)
class SAMCellParameters(InputParameters):
    """What a user can set of SAMCell."""

    cells_max: float = parameter(
        0.47,
        label="Seed threshold",
        help="Distance to the edge from which a pixel is the middle of a cell; lower finds more.",
        low=0,
        high=1,
        step=0.01,
    )
    cell_fill: float = parameter(
        0.09,
        label="Fill threshold",
        help="Distance to the edge from which a pixel belongs to a cell; higher shrinks cells.",
        low=0,
        high=1,
        step=0.01,
    )


class SAMCell(Method[SAMCellParameters]):
    """SAMCell by its own package."""

    key = "samcell"
    title = "SAMCell"
    family = "Segment Anything, fine-tuned"
    group = common.GROUP
    purpose = "Whole cells in phase contrast and bright field"
    citation = "VandeLoo et al. 2025, PLOS ONE 20, e0319532"
    url = "https://doi.org/10.1371/journal.pone.0319532"
    targets = ("whole_cell",)
    channels = ("phase", "whole_cell", "nucleus", "other")
    parameters = SAMCellParameters
    requires = ("torch", "samcell", "transformers")
    environment = common.environment(
        "samcell",
        "samcell==1.2.0",
        # What it imports, and does not ask for.
        "matplotlib==3.11.2",
        licence="MIT",
        download=2.9,
        size=5.3,
        pythons=("3.11", "3.12", "3.13"),
    )
    gpu = "slow without"
    file_patterns = ("*.safetensors", "*.pt", "*.bin")

    def load(self, checkpoint: Path | None, device: str) -> Predictor[SAMCellParameters]:
        """Load the weights of a SAMCell model."""
        return SAMCellPredictor(self.needed(checkpoint, "choose a file"), device)


class SAMCellPredictor(Predictor[SAMCellParameters]):
    """SAMCell's pipeline.

    Parameters
    ----------
    checkpoint
        Weights of transformers' `SamModel` with the encoder ViT-B.
    device
        As torch names it.

    Raises
    ------
    CheckpointError
        If the file is damaged, of another method, or would run code.
    """

    def __init__(self, checkpoint: Path, device: str) -> None:
        import torch
        from samcell.pipeline import SlidingWindowPipeline
        from samcell.slidingWindow import SlidingWindowHelper
        from transformers import SamConfig, SamImageProcessor, SamModel, SamProcessor

        from ..shared.weights import read_state_dict

        state, _ = read_state_dict(checkpoint)
        model = SamModel(SamConfig())
        try:
            missing = model.load_state_dict(state, strict=False).missing_keys
        except RuntimeError as error:
            raise CheckpointError(f"{checkpoint.name} doesn't fit SAMCell's network.") from error
        if missing:
            raise CheckpointError(
                f"{checkpoint.name} lacks {len(missing)} of SAMCell's weights ({missing[0]}, ...)."
            )
        # Its own start would fetch what Segment Anything's processor is set to, which is known.
        pipeline = SlidingWindowPipeline.__new__(SlidingWindowPipeline)
        pipeline.model, pipeline.device = model.eval().to(device), device
        pipeline.crop_size, pipeline.sigmoid = CROP, torch.nn.Sigmoid()
        pipeline.processor = SamProcessor(SamImageProcessor())
        pipeline.sliding_window_helper = SlidingWindowHelper(CROP, OVERLAP)
        self.pipeline = pipeline

    def predict(
        self,
        image: NDArray[Any],
        roles: Sequence[Role],
        parameters: SAMCellParameters,
        statistics: Statistics,
        progress: Progress,
    ) -> Instances:
        """Segment an image or a tile; see `Predictor.predict`."""
        (channel,) = choose_channels(roles, ("phase",) if "phase" in roles else ())
        x = common.as_bytes(image[channel], statistics, channel)
        if not x.any():
            return Instances.from_labels(np.zeros(x.shape, np.int32))
        progress(0, 1)
        distances = self.pipeline.predict_on_full_img(x)
        labels = self.pipeline.cells_from_dist_map(
            distances, parameters.cells_max, parameters.cell_fill
        )
        progress(1, 1)
        return Instances.from_labels(labels.astype(np.int32))

    def tiling(self, parameters: SAMCellParameters) -> Tiling:
        """Cut only what is large: the package cuts into pieces of its own."""
        return Tiling(1024, overlap=192)
