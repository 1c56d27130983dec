"""micro-sam: Segment Anything for microscopy, with a decoder that finds all cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data import Instances, Role
from ...data.sample import RGB
from ...data.statistics import Statistics
from ...errors import CheckpointError, InputError
from ..base import Method, Predictor, Progress, Tiling
from ..parameters import parameter, smallest_cell
from ..preparation import InputParameters
from ..shared.channels import choose_channels
from . import common

DECODER = "_decoder"
"""After a checkpoint's name: the file with its decoder, as micro-sam publishes them."""


@dataclass(frozen=True)
class MicroSAMParameters(InputParameters):
    """What a user can set of micro-sam."""

    mode: str = parameter(
        "auto",
        label="How",
        help="decoder: the decoder outlines the cells. prompts: it says where they are, and they "
        "are asked for. grid: a grid of points is asked for, without a decoder, slow. auto: by the "
        "decoder where the checkpoint has one.",
        choices=("auto", "decoder", "prompts", "grid"),
    )
    center_distance_threshold: float = parameter(
        0.5,
        label="Centre threshold",
        help="Distance to a cell's centre below which a seed is; lower finds fewer.",
        low=0,
        high=1,
        step=0.05,
    )
    boundary_distance_threshold: float = parameter(
        0.5,
        label="Boundary threshold",
        help="Distance to a cell's edge below which a seed is; lower finds fewer.",
        low=0,
        high=1,
        step=0.05,
    )
    foreground_threshold: float = parameter(
        0.5,
        label="Foreground threshold",
        help="Probability from which a pixel belongs to a cell; higher shrinks cells.",
        low=0,
        high=1,
        step=0.05,
    )
    min_size: int = smallest_cell(25)


class MicroSAM(Method[MicroSAMParameters]):
    """micro-sam by its own package."""

    key = "micro_sam"
    title = "micro-sam"
    family = "Segment Anything, fine-tuned"
    group = common.GROUP
    purpose = "Cells and nuclei in light microscopy"
    citation = "Archit et al. 2025, Nature Methods 22, 579-591"
    url = "https://doi.org/10.1038/s41592-024-02580-4"
    targets = ("whole_cell", "nucleus")
    channels = ("whole_cell", "nucleus", "phase", "red", "green", "blue", "other")
    parameters = MicroSAMParameters
    requires = ("torch", "micro_sam", "torch_em")
    environment = common.environment(
        "micro_sam",
        "micro-sam==1.8.14",
        licence="MIT",
        download=3.3,
        size=6.2,
        pythons=("3.11", "3.12", "3.13"),
    )
    gpu = "slow without"
    file_patterns = ("vit_*", "*.pt", "*.pth")

    def load(self, checkpoint: Path | None, device: str) -> Predictor[MicroSAMParameters]:
        """Load a checkpoint of micro-sam or of Segment Anything, ViT-B, L or H."""
        return MicroSAMPredictor(self.needed(checkpoint, "choose a file"), device)


class MicroSAMPredictor(Predictor[MicroSAMParameters]):
    """micro-sam's model with its decoder, where there is one.

    Parameters
    ----------
    checkpoint
        What micro-sam exported or trained, or published: then its decoder is the file beside it.
    device
        As torch names it.

    Raises
    ------
    CheckpointError
        If a file is damaged, of another method, or would run code.
    """

    def __init__(self, checkpoint: Path, device: str) -> None:
        from micro_sam.instance_segmentation import get_decoder
        from micro_sam.models.build_sam import _validate_model_type
        from segment_anything import SamPredictor, sam_model_registry

        from ..shared.weights import read_state_dict

        # micro-sam unpickles whatever a file holds; here the weights alone are read.
        state, beside = read_state_dict(checkpoint)
        state = {name.removeprefix("sam."): tensor for name, tensor in state.items()}
        if "image_encoder.patch_embed.proj.weight" not in state:
            raise CheckpointError(f"{checkpoint.name} is no Segment Anything with a ViT encoder.")
        try:
            kind = _validate_model_type(state)
            sam = sam_model_registry[kind]()
            sam.load_state_dict(state)
        except (KeyError, RuntimeError) as error:
            raise CheckpointError(f"{checkpoint.name} doesn't fit Segment Anything.") from error
        self.predictor = SamPredictor(sam.eval().to(device))
        self.predictor.model_type = self.predictor.model_name = kind
        decoder: Mapping[str, Any] | None = beside.get("decoder_state")
        apart = checkpoint.with_name(f"{checkpoint.name}{DECODER}")
        if decoder is None and apart.is_file():
            decoder, _ = read_state_dict(apart)
        try:
            encoder = self.predictor.model.image_encoder
            self.decoder = None if decoder is None else get_decoder(encoder, decoder, device)
        except (KeyError, RuntimeError, AttributeError) as error:
            raise CheckpointError(f"The decoder of {checkpoint.name} doesn't fit.") from error

    def predict(
        self,
        image: NDArray[Any],
        roles: Sequence[Role],
        parameters: MicroSAMParameters,
        statistics: Statistics,
        progress: Progress,
    ) -> Instances:
        """Segment an image or a tile; see `Predictor.predict`."""
        from micro_sam.automatic_segmentation import automatic_instance_segmentation
        from micro_sam.instance_segmentation import get_instance_segmentation_generator

        modes = {"decoder": "ais", "prompts": "apg", "grid": "amg"}
        mode = modes.get(parameters.mode, "amg" if self.decoder is None else "ais")
        if self.decoder is None and mode != "amg":
            raise InputError("This checkpoint has no decoder: choose grid, or another checkpoint.")
        chosen = choose_channels(roles, RGB if set(RGB) <= set(roles) else ())
        planes = [common.as_bytes(image[c], statistics, c) for c in chosen]
        x = planes[0] if len(planes) == 1 else np.stack(planes, -1)
        if not x.any():
            return Instances.from_labels(np.zeros(x.shape[:2], np.int32))
        progress(0, 1)
        segmenter = get_instance_segmentation_generator(
            self.predictor, is_tiled=False, decoder=self.decoder, segmentation_mode=mode
        )
        names = ("center_distance_threshold", "boundary_distance_threshold", "foreground_threshold")
        asked = {name: getattr(parameters, name) for name in (*names, "min_size")}
        if mode == "amg":
            asked = {"min_mask_region_area": parameters.min_size}
        labels = automatic_instance_segmentation(
            self.predictor, segmenter, x, ndim=2, verbose=False, **asked
        )
        progress(1, 1)
        return Instances.from_labels(np.asarray(labels).astype(np.int32))

    def tiling(self, parameters: MicroSAMParameters) -> Tiling:
        """Cut into what the encoder sees without shrinking it."""
        return Tiling(1024, overlap=192)
