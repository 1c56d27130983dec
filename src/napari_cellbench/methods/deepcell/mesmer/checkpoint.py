"""Loads Mesmer: Keras weights of one task or of the official two, or this package's own."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from ....data import Target
from ....data.sample import TARGETS
from ...shared.filling import built
from ..checkpoint import Content, read_content
from ..keras import state_of
from ..settings import InputSettings
from . import Mesmer
from .network import PanopticNet, PanopticShape
from .watershed import NUCLEUS, SEGGAL, WHOLE_CELL, DeepWatershed

OFFICIAL: dict[Target, DeepWatershed] = {"whole_cell": WHOLE_CELL, "nucleus": NUCLEUS}
"""How the official model makes cells of its maps; its pairs of heads come in this order."""
Watersheds = dict[Target | None, DeepWatershed]
"""By what each pair of heads finds, in order; None: a file of one task doesn't say which."""


def load_checkpoint(path: Path) -> tuple[PanopticNet, InputSettings, Watersheds]:
    """Load a network on the CPU, in float32.

    Parameters
    ----------
    path
        Keras weights (``.h5``), or what `train` wrote.

    Raises
    ------
    CheckpointError
        If it is missing, damaged or of another network.
    """
    content = read(path)
    shape = PanopticShape.of(content.state)
    network = built(lambda: PanopticNet(shape), content.state, path)
    settings = content.settings or InputSettings.of_keras(shape.channels)
    return network, settings, watersheds_of(content, shape)


def read(path: Path) -> Content:
    """Read the weights by their names in our network; see `load_checkpoint`."""
    return read_content(path, Mesmer.key, Mesmer.title, state_of)


def watersheds_of(content: Content, shape: PanopticShape) -> Watersheds:
    """Tell what the heads find, and how cells are made of their maps."""
    if len(shape.heads) > 2:
        return dict(OFFICIAL.items())
    target = content.metadata.get("target")
    if target in TARGETS:
        return {cast("Target", target): OFFICIAL[cast("Target", target)]}
    return {None: SEGGAL}
