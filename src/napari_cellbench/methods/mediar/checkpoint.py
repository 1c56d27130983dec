"""Checkpoints of MEDIAR: the published ones, and this package's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ...errors import CheckpointError
from ..shared.filling import fill
from ..shared.weights import read_state_dict, write_half
from . import Mediar
from .members import members_of
from .network import MediarNetwork, MediarShape
from .segformer import encoder_weights
from .settings import InputSettings


@dataclass(frozen=True)
class Content:
    """What a file holds.

    Attributes
    ----------
    state
        Weights by their names in our network, float32.
    settings
        Of the input; None where the file doesn't say.
    """

    state: dict[str, Tensor]
    settings: InputSettings | None = None


def load_members(path: Path) -> tuple[list[MediarNetwork], InputSettings]:
    """Load a network on the CPU in float32, or all those of an ensemble.

    Parameters
    ----------
    path
        What MEDIAR saved, or `save_checkpoint`; or an ensemble, see `members_of`.

    Raises
    ------
    CheckpointError
        If one is missing, damaged or of another network, or they don't go together.
    """
    networks, settings = [], []
    for file, within in members_of(path):
        content = read(file, within)
        networks.append(fill(_empty(content.state, file), content.state, file))
        settings.append(content.settings or InputSettings())
    if len(set(settings)) > 1:
        raise CheckpointError(
            f"The files in {path} were trained on different images: choose one of them."
        )
    return networks, settings[0]


def read(path: Path, within: bytes | None = None) -> Content:
    """Read the weights of a file by their names in our network; see `read_state_dict`.

    Raises
    ------
    CheckpointError
        If it is damaged, of another method, or would run code.
    """
    state, metadata = read_state_dict(path, within)
    method = metadata.get("method", Mediar.key)
    if method != Mediar.key:
        raise CheckpointError(f"{path.name} is a checkpoint of the method {method}: choose that.")
    settings = InputSettings.from_json(str(metadata["input"])) if "input" in metadata else None
    numbers = {name: w.float() if w.is_floating_point() else w for name, w in state.items()}
    return Content(encoder_weights(numbers), settings)


def save_checkpoint(path: Path, network: MediarNetwork, settings: InputSettings) -> None:
    """Write a ``.safetensors`` in half precision, with all that loading needs.

    Raises
    ------
    CheckpointError
        If a weight is not finite.
    """
    metadata = {"method": Mediar.key, "input": settings.to_json()}
    write_half(path, network.state_dict(), metadata)


def _empty(state: Mapping[str, Tensor], path: Path) -> MediarNetwork:
    """Build the network for weights, once it is sure that it is no larger than they are."""
    try:
        shape = MediarShape.of(state)
        with torch.device("meta"):
            wanted = sum(weight.numel() for weight in MediarNetwork(shape).state_dict().values())
    except (RuntimeError, ValueError, ArithmeticError) as error:
        raise CheckpointError(f"{path.name} is no checkpoint of MEDIAR: {error}.") from error
    if wanted > 2 * sum(weight.numel() for weight in state.values()):
        raise CheckpointError(f"{path.name} lacks most of the weights of MEDIAR's network.")
    return MediarNetwork(shape)
