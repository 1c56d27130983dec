"""Cellpose 3, whose package can't be beside Cellpose 4's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data import Instances, Role
from ...data.statistics import Statistics
from ..base import Method, Predictor, Progress, Tiling
from ..cellpose_unet.channels import network_input
from ..parameters import parameter, smallest_cell
from ..preparation import InputParameters
from . import common


@dataclass(frozen=True)
class Cellpose3Parameters(InputParameters):
    """What a user can set of Cellpose 3."""

    diameter: float | None = parameter(
        None,
        start=30.0,
        label="Cell diameter",
        help="Typical diameter of the cells in this image, to which it is rescaled; empty: the "
        "mean diameter of the cells that the checkpoint was trained on.",
        unit="px",
        low=1,
        high=2000,
        step=1,
    )
    flow_threshold: float = parameter(
        0.4,
        label="Flow threshold",
        help="Largest error of a cell's flows; higher keeps more, worse shaped cells; 0 keeps all.",
        low=0,
        high=3,
        step=0.05,
    )
    cellprob_threshold: float = parameter(
        0.0,
        label="Cell probability threshold",
        help="Smallest logit of the cell probability; lower finds more and larger cells.",
        low=-8,
        high=8,
        step=0.1,
    )
    min_size: int = smallest_cell(15, step=1)
    augment: bool = parameter(
        False,
        label="Mirrored pieces too",
        help="The network sees overlapping pieces mirrored as well, and the mean counts: better "
        "outlines, four times as slow.",
        advanced=True,
    )


class Cellpose3(Method[Cellpose3Parameters]):
    """The cellpose package as it was before its fourth release: the U-Net by its own code."""

    key = "cellpose3"
    title = "Cellpose 3"
    family = "U-Net with flow fields"
    group = common.GROUP
    purpose = "Whole cells and nuclei, by cellpose 3 itself"
    citation = "Stringer & Pachitariu 2025, Nature Methods 22, 592-599"
    url = "https://doi.org/10.1038/s41592-025-02595-5"
    targets = ("whole_cell", "nucleus")
    channels = ("whole_cell", "nucleus", "phase", "red", "green", "blue", "other")
    parameters = Cellpose3Parameters
    requires = ("torch", "cellpose", "safetensors")
    # numpy 2.0, which it needs, has no wheels for newer ones.
    environment = common.environment(
        "cellpose3",
        "cellpose==3.1.1.3",
        licence="BSD-3-Clause",
        download=3.0,
        size=5.4,
        pythons=("3.11", "3.12"),
    )
    weights = ()
    file_patterns = ("*",)

    def missing(self) -> tuple[str, ...]:
        """Name the required modules that are not here; cellpose 4 has the same name."""
        lacking = super().missing()
        return lacking or (() if common.is_release("cellpose", "3") else ("cellpose",))

    def load(self, checkpoint: Path | None, device: str) -> Predictor[Cellpose3Parameters]:
        """Load a checkpoint of Cellpose 1-3."""
        return Cellpose3Predictor(self.needed(checkpoint, "choose a file"), device)


class Cellpose3Predictor(Predictor[Cellpose3Parameters]):
    """A `CellposeModel` of cellpose 3.

    Parameters
    ----------
    checkpoint
        What Cellpose 1-3 saved.
    device
        As torch names it.

    Raises
    ------
    CheckpointError
        If the file is damaged, of another method, or would run code.
    """

    def __init__(self, checkpoint: Path, device: str) -> None:
        import torch
        from cellpose.models import CellposeModel

        from ..cellpose_unet.checkpoint import load_checkpoint

        # cellpose never opens the file itself, and downloads none: it is told of no weights.
        network, _ = load_checkpoint(checkpoint)
        self.model = CellposeModel(
            pretrained_model=False, device=torch.device(device), nchan=network.widths[0]
        )
        self.model.net.load_state_dict(network.state_dict())
        self.model.net.eval()
        self.model.diam_mean = float(network.diam_mean)
        self.model.diam_labels = float(network.diam_labels)

    def predict(
        self,
        image: NDArray[Any],
        roles: Sequence[Role],
        parameters: Cellpose3Parameters,
        statistics: Statistics,
        progress: Progress,
    ) -> Instances:
        """Segment an image or a tile; see `Predictor.predict`."""
        x = network_input(image, roles, statistics, self.model.nchan)
        if min(x.shape[:2]) < 2 or not x[..., 0].any():
            return Instances.from_labels(np.zeros(x.shape[:2], np.int32))
        progress(0, 1)
        masks = self.model.eval(
            x,
            channels=[1, 2],
            channel_axis=-1,
            normalize=False,
            diameter=parameters.diameter,
            flow_threshold=parameters.flow_threshold,
            cellprob_threshold=parameters.cellprob_threshold,
            min_size=parameters.min_size,
            augment=parameters.augment,
        )[0]
        progress(1, 1)
        return Instances.from_labels(masks.reshape(x.shape[:2]).astype(np.int32))

    def tiling(self, parameters: Cellpose3Parameters) -> Tiling:
        """Let tiles overlap by two diameters, and be at most 4096 px when rescaled."""
        diameter = parameters.diameter or self.model.diam_labels
        size = int(np.clip(4096 * diameter / self.model.diam_mean, 256, 2048))
        return Tiling(size, overlap=int(np.clip(np.ceil(2 * diameter), 64, size // 2)))
