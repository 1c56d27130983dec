"""Loads the third winner's network: Keras weights, or this package's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from ....errors import CheckpointError
from ...deepcell.checkpoint import Content, read_content
from ...deepcell.keras import state_of
from ...deepcell.settings import InputSettings
from ...shared.filling import built
from ..inputs import checked, original_settings
from ..resnet import ResNetShape
from . import ThirdPlace
from .network import ThirdNet, ThirdShape

WINDOW = 512
"""Side in pixels of what is segmented at once with the winner's own file, and to which smaller
images are enlarged."""
LARGEST_SIDE = 4096
"""To which a file may have images enlarged."""


def load_checkpoint(path: Path) -> tuple[ThirdNet, InputSettings, int]:
    """Load a network on the CPU, in float32.

    Parameters
    ----------
    path
        Keras weights, or what `train` wrote.

    Returns
    -------
    network, settings, short_side
        The last is the side in pixels to which smaller images are enlarged.

    Raises
    ------
    CheckpointError
        If it is missing, damaged or of another network.
    """
    content = read(path)
    shape = ThirdShape.of(content.state)
    network = built(lambda: ThirdNet(shape), content.state, path)
    return network, content.settings or original_settings(WINDOW), short_side_of(content)


def read(path: Path) -> Content:
    """Read the weights by their names in our network; see `load_checkpoint`."""
    content = read_content(path, ThirdPlace.key, ThirdPlace.title, state_of)
    return replace(content, settings=checked(content.settings))


def short_side_of(content: Content) -> int:
    """Return the side to which smaller images are enlarged.

    Raises
    ------
    CheckpointError
        If it is damaged.
    """
    told = str(content.metadata.get("short_side", WINDOW))
    if told.isdecimal() and len(told) < 6 and 1 <= int(told) <= LARGEST_SIDE:
        return int(told)
    raise CheckpointError("The checkpoint's settings of its input are damaged.")


def new_shape(options: Mapping[str, Any]) -> ThirdShape:
    """Return the shape of a new network; "width", "blocks" are of its ResNet, others its own."""
    of_resnet = {field.name for field in fields(ResNetShape)} & set(options)
    shape = replace(ResNetShape(), **{name: options[name] for name in of_resnet})
    rest = {name: value for name, value in options.items() if name not in of_resnet}
    return replace(ThirdShape(shape), **rest)
