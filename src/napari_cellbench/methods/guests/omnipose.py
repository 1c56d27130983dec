"""Omnipose: flows along a distance field, for long and curved cells such as bacteria."""

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
from ..parameters import parameter, smallest_cell
from ..preparation import InputParameters
from ..shared.channels import choose_channels
from . import common

PERCENTILE = 0.01
"""What Omnipose maps to 0; what is as far from the brightest, to 1."""
LEAST_RANGE = 1e-3
"""Between the 1st and the 99th percentile; an image with less is left as it is."""


@dataclass(frozen=True)
class OmniposeParameters(InputParameters):
    """What a user can set of Omnipose."""

    mask_threshold: float = parameter(
        0.0,
        label="Mask threshold",
        help="Smallest distance field of a cell's pixels; lower finds more and larger cells.",
        low=-6,
        high=6,
        step=0.1,
    )
    flow_threshold: float = parameter(
        0.4,
        label="Flow threshold",
        help="Largest error of a cell's flows; higher keeps more, worse shaped cells; 0 keeps all.",
        low=0,
        high=3,
        step=0.05,
    )
    min_size: int = smallest_cell(15, step=1)
    cluster: bool = parameter(
        False,
        label="Cluster",
        help="Join where pixels end up by clustering: fewer pieces of thin cells, slower.",
        advanced=True,
    )


class Omnipose(Method[OmniposeParameters]):
    """Omnipose by its own package."""

    key = "omnipose"
    title = "Omnipose"
    family = "U-Net with flow fields"
    group = common.GROUP
    purpose = "Bacteria and other long or curved cells"
    citation = "Cutler et al. 2022, Nature Methods 19, 1438-1448"
    url = "https://doi.org/10.1038/s41592-022-01639-4"
    targets = ("whole_cell",)
    channels = ("phase", "whole_cell", "nucleus", "other")
    parameters = OmniposeParameters
    requires = ("torch", "cellpose_omni", "omnipose")
    environment = common.environment(
        "omnipose",
        "omnipose==1.1.4",
        # It takes names from it that later releases don't have.
        "ncolor==1.4.3",
        licence="Omnipose NonCommercial License: for non-commercial use only",
        download=3.1,
        size=6.0,
        # lxml as it needs it has no wheels for newer ones.
        pythons=("3.11", "3.12"),
    )
    research_only = True
    file_patterns = ("*omni*", "*")

    def load(self, checkpoint: Path | None, device: str) -> Predictor[OmniposeParameters]:
        """Load a checkpoint of Omnipose."""
        return OmniposePredictor(self.needed(checkpoint, "choose a file"), device)


class OmniposePredictor(Predictor[OmniposeParameters]):
    """A `CellposeModel` of Omnipose.

    Parameters
    ----------
    checkpoint
        What Omnipose saved, of two dimensions.
    device
        As torch names it.

    Raises
    ------
    CheckpointError
        If the file is damaged, of another method, or would run code.
    """

    def __init__(self, checkpoint: Path, device: str) -> None:
        import torch
        from cellpose_omni.models import CellposeModel

        from ..shared.weights import read_state_dict

        # The package never opens the file itself, and downloads none: it is told of no weights.
        state, _ = read_state_dict(checkpoint)
        first, last = "downsample.down.res_down_0.conv.conv_0.2.weight", "output.2.weight"
        if first not in state or last not in state or state[first].ndim != 4:
            raise CheckpointError(f"{checkpoint.name} is no checkpoint of Omnipose for images.")
        self.channels = int(state[first].shape[1])
        outputs = len(state[last])
        self.model = CellposeModel(
            gpu=device != "cpu",
            device=torch.device(device),
            pretrained_model=False,
            omni=True,
            nchan=self.channels,
            # Its flows have a part for each dimension, of which one counts.
            nclasses=outputs - 1,
        )
        network = getattr(self.model.net, "module", self.model.net)
        try:
            missing = network.load_state_dict(state, strict=False).missing_keys
        except RuntimeError as error:
            raise CheckpointError(f"{checkpoint.name} doesn't fit Omnipose's U-Net.") from error
        if missing := [name for name in missing if "num_batches" not in name]:
            raise CheckpointError(
                f"{checkpoint.name} lacks {len(missing)} of Omnipose's weights ({missing[0]}, ...)."
            )
        network.eval()
        # One network, of which the package knows that it is loaded.
        self.model.pretrained_model = str(checkpoint)

    def predict(
        self,
        image: NDArray[Any],
        roles: Sequence[Role],
        parameters: OmniposeParameters,
        statistics: Statistics,
        progress: Progress,
    ) -> Instances:
        """Segment an image or a tile; see `Predictor.predict`."""
        (channel,) = choose_channels(roles, ("phase",) if "phase" in roles else ())
        x = normalised(image[channel], statistics, channel)
        if min(x.shape) < 8 or not x.any():
            return Instances.from_labels(np.zeros(x.shape, np.int32))
        if self.channels > 1:
            x = np.stack([x, *[np.zeros_like(x)] * (self.channels - 1)], -1)
        progress(0, 1)
        masks = self.model.eval(
            x,
            channels=None,
            normalize=False,
            omni=True,
            mask_threshold=parameters.mask_threshold,
            flow_threshold=parameters.flow_threshold,
            min_size=parameters.min_size,
            cluster=parameters.cluster,
            show_progress=False,
        )[0]
        progress(1, 1)
        return Instances.from_labels(np.asarray(masks).reshape(x.shape[:2]).astype(np.int32))

    def tiling(self, parameters: OmniposeParameters) -> Tiling:
        """Let tiles overlap by the length of a long cell."""
        return Tiling(1024, overlap=192)


def normalised(plane: NDArray[Any], statistics: Statistics, channel: int) -> NDArray[np.float32]:
    """Map the 0.01st and 99.99th percentile to 0 and 1 and cut what is beyond, as Omnipose does.

    Returns
    -------
    (Y, X) float32
        0 where there is no contrast.
    """
    if statistics.percentile(99, channel) <= statistics.percentile(1, channel) + LEAST_RANGE:
        return np.zeros(plane.shape, np.float32)
    ends = [statistics.percentile(q, channel) for q in (PERCENTILE, 100 - PERCENTILE)]
    return np.interp(plane, ends, (0, 1)).astype(np.float32)
