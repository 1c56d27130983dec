"""Loads the second winner's network: Keras weights, or this package's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ....errors import CheckpointError
from ...deepcell.checkpoint import Content, read_content
from ...deepcell.keras import state_of
from ...deepcell.settings import InputSettings
from ...shared.filling import built
from ..inputs import checked, original_settings
from ..resnet import ResNetShape
from . import SecondPlace
from .network import SecondNet, SecondShape

WINDOW = 256
"""Side in pixels of what is segmented at once with the winner's own file."""


def load_checkpoint(path: Path) -> tuple[SecondNet, InputSettings]:
    """Load a network on the CPU, in float32.

    Parameters
    ----------
    path
        Keras weights, or what `train` wrote.

    Raises
    ------
    CheckpointError
        If it is missing, damaged or of another network.
    """
    content = read(path)
    shape = SecondShape.of(content.state)
    network = built(lambda: SecondNet(shape), content.state, path)
    return network, content.settings or original_settings(WINDOW)


def read(path: Path) -> Content:
    """Read the weights by their names in our network; see `load_checkpoint`."""
    content = read_content(path, SecondPlace.key, SecondPlace.title, state_of)
    return replace(content, settings=checked(content.settings))


def new_shape(options: Mapping[str, Any]) -> SecondShape:
    """Return the shape of a new network, where "width", "blocks" and "features" may differ.

    Raises
    ------
    CheckpointError
        If there is no such option.
    """
    left = dict(options)
    of_resnet = {name: left.pop(name) for name in ("width", "blocks") if name in left}
    features = left.pop("features", SecondShape().features)
    if left:
        raise CheckpointError(f"The second winner's network has no {', '.join(left)}.")
    return SecondShape(replace(ResNetShape(), **of_resnet), features)
