"""Checkpoints of detectron2's networks: SegGal's, the originals', and this package's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from ...errors import CheckpointError
from ..shared.filling import built
from ..shared.weights import read_state_dict, write_half
from .design import Design, State
from .network import Detector
from .settings import InputSettings

BESIDE = ("pixel_mean", "pixel_std")
"""What detectron2 0.3 keeps with the weights: it belongs to the input."""
LARGER = 2
"""Times that a network may be larger than what a file has of it."""


@dataclass(frozen=True)
class Content:
    """What a file holds.

    Attributes
    ----------
    state
        Weights by name, float32.
    settings
        Of the input; where the file doesn't say, those of SegGal's.
    classes
        Of objects that it tells apart; 1 for cells.
    beside
        Mean and deviation of intensities, where the file names them.
    """

    state: dict[str, Tensor]
    settings: InputSettings
    classes: int
    beside: dict[str, Tensor]


def load_checkpoint(path: Path, design: Design) -> tuple[Detector, InputSettings]:
    """Load a network that predicts cells, on the CPU.

    Parameters
    ----------
    path
        A ``.pth`` of detectron2, or what `save_checkpoint` wrote.
    design
        Of the method.

    Raises
    ------
    CheckpointError
        If the file is missing, damaged, would run code, is of another network, or of other
        objects than cells; the message names the weights that don't fit.
    """
    content = read(path, design)
    if content.classes != 1:
        raise CheckpointError(
            f"{path.name} tells {content.classes} kinds of objects apart, and none of them are "
            "cells: start training from it, or choose a checkpoint for cells."
        )
    network = built(lambda: design.told(content.state), content.state, path)
    return network, content.settings


def network_to_train(design: Design, state: State, path: Path) -> Detector:
    """Build the network that weights are of, as far as they fit, with random weights.

    Raises
    ------
    CheckpointError
        If there is none, or it would be far larger than the file: a few shapes decide of it, and
        some that don't belong together would fill the memory.
    """
    with torch.device("meta"):
        planned = design.told(state).state_dict()
    wanted, there = (sum(w.numel() for w in some.values()) for some in (planned, state))
    if wanted > LARGER * there:
        raise CheckpointError(
            f"{path.name} is of another network: its layers don't belong together. Choose a "
            f"checkpoint of {design.title}."
        )
    return design.told(state)


def read(path: Path, design: Design) -> Content:
    """Read weights by their names; see `load_checkpoint`."""
    state, metadata = read_state_dict(path)
    if metadata.get("method", design.key) != design.key:
        raise CheckpointError(
            f"{path.name} is a checkpoint of the method {metadata['method']}: choose that."
        )
    state = {name: w.float() if w.is_floating_point() else w for name, w in state.items()}
    beside = {name: state.pop(name) for name in BESIDE if name in state}
    try:
        classes = design.classes(state)
    except KeyError as error:
        raise CheckpointError(
            f"{path.name} is no checkpoint of {design.title}: it has no {error}."
        ) from error
    if "input" in metadata:
        settings = InputSettings.from_json(str(metadata["input"]))
    else:
        bare = InputSettings.of_seggal(design.order, design.count(state))
        settings = bare.normalising_as(beside)
    return Content(state, settings, classes, beside)


def save_checkpoint(path: Path, network: nn.Module, key: str, settings: InputSettings) -> None:
    """Write a ``.safetensors`` in half precision with all that `load_checkpoint` needs.

    Raises
    ------
    CheckpointError
        If a weight is not finite.
    """
    write_half(path, network.state_dict(), {"method": key, "input": settings.to_json()})
