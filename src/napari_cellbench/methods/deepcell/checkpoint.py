"""Checkpoints of DeepCell's methods: Keras weights, and this package's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from ...checkpoints.content import HDF5, ZIP
from ...errors import CheckpointError
from ..shared.keras_files import KerasWeights, read_keras
from ..shared.weights import opened, read_state_dict, write_half
from .settings import InputSettings


@dataclass(frozen=True)
class Content:
    """What a file holds.

    Attributes
    ----------
    state
        Weights by their names in our networks, float32.
    settings
        Of the input; None where the file doesn't say.
    metadata
        All that it says beside the weights.
    """

    state: dict[str, Tensor]
    settings: InputSettings | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


def head_of(path: Path) -> bytes:
    """Return the first bytes of a file, which tell its kind.

    Raises
    ------
    CheckpointError
        If it can't be read.
    """
    with opened(path) as file:
        return file.read(16)


def read_content(
    path: Path, key: str, title: str, from_keras: Callable[[KerasWeights], dict[str, Tensor]]
) -> Content:
    """Read a file of one network; the content decides of which kind it is, not the name.

    Parameters
    ----------
    path
        Keras weights (``.h5``), or what `save_checkpoint` wrote.
    key, title
        Of the method.
    from_keras
        Gives the weights their names in our network.

    Raises
    ------
    CheckpointError
        If it is missing, damaged, of another method, or of a kind that isn't read.
    """
    head = head_of(path)
    if head.startswith(HDF5):
        return Content(from_keras(read_keras(path)))
    if head.startswith(ZIP) or head[8:9] != b"{":
        raise CheckpointError(
            f"{path.name} is no checkpoint of {title}: Keras weights (.h5) or .safetensors are "
            "expected."
        )
    return read_own(path, key, title)


def read_own(path: Path, key: str, title: str) -> Content:
    """Read what `save_checkpoint` wrote.

    Raises
    ------
    CheckpointError
        If it is damaged or of another method.
    """
    state, metadata = read_state_dict(path)
    if metadata.get("method") != key:
        of = f"of the method {metadata['method']}" if "method" in metadata else "of no method"
        raise CheckpointError(f"{path.name} is no checkpoint of {title} but {of}.")
    settings = InputSettings.from_json(str(metadata.get("input", "")))
    return Content({name: weight.float() for name, weight in state.items()}, settings, metadata)


def save_checkpoint(
    path: Path, network: nn.Module, key: str, settings: InputSettings, **more: str
) -> None:
    """Write a ``.safetensors`` in half precision, with all that loading needs.

    Parameters
    ----------
    path
        The file to write.
    network, key, settings
        The weights, the method's key, and how the input was prepared.
    more
        Further texts to keep.

    Raises
    ------
    CheckpointError
        If a weight is not finite.
    """
    write_half(path, network.state_dict(), {"method": key, "input": settings.to_json(), **more})
