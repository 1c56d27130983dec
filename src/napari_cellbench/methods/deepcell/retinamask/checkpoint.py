"""Loads RetinaMask: Keras weights, or this package's own."""

from __future__ import annotations

import json
from pathlib import Path

from ....errors import CheckpointError
from ...shared.filling import built
from ..checkpoint import Content, read_content
from ..keras import state_of
from ..settings import InputSettings
from . import RetinaMask
from .anchors import AnchorDesign
from .network import RetinaMaskNet, RetinaShape


def load_checkpoint(path: Path) -> tuple[RetinaMaskNet, InputSettings, AnchorDesign | None]:
    """Load a network on the CPU, in float32.

    Parameters
    ----------
    path
        Keras weights (``.h5``), or what `train` wrote.

    Returns
    -------
    network, settings, design
        Of its anchors; None where the file doesn't say.

    Raises
    ------
    CheckpointError
        If it is missing, damaged or of another network.
    """
    content = read(path)
    shape = RetinaShape.of(content.state)
    network = built(lambda: RetinaMaskNet(shape), content.state, path)
    settings = content.settings or InputSettings.of_keras(shape.channels)
    return network, settings, design_of(content, shape)


def read(path: Path) -> Content:
    """Read the weights by their names in our network; see `load_checkpoint`."""
    return read_content(path, RetinaMask.key, RetinaMask.title, state_of)


def design_of(content: Content, shape: RetinaShape) -> AnchorDesign | None:
    """Return the anchors that the file tells of, or that its number of them leaves no doubt of.

    Raises
    ------
    CheckpointError
        If it is damaged.
    """
    wide, tall = (
        AnchorDesign.told(shape.levels, shape.anchors, more_tall=more) for more in (False, True)
    )
    if "ratios" not in content.metadata:
        return wide if wide == tall else None
    try:
        told = AnchorDesign(shape.levels, tuple(json.loads(content.metadata["ratios"])))
        if len(told.ratios) == len(wide.ratios) and all(0 < r < 1e3 for r in told.ratios):
            return told
    except (TypeError, ValueError, RecursionError):
        pass
    raise CheckpointError("The checkpoint's anchors are damaged.")
