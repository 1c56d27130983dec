"""What is known of a set of weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ..data import Role, Target

Source = Literal["bundled", "official", "seggal", "user"]

Modality = Literal["fluorescence", "phase_contrast", "histology", "any"]
"""How the images were taken: stains that glow, unstained cells in transmitted light, H&E."""

Purpose = Literal["segment", "start"]
"""Whether weights segment cells as they are, or are for training to start from."""


@dataclass(frozen=True)
class Checkpoint:
    """A set of weights for one method.

    Attributes
    ----------
    key
        Name in commands and files.
    method
        Key of the method that loads it.
    title
        Name on screen.
    source
        Carried by the package, published by the method's authors, published by SegGal, or a file
        of the user's.
    target
        What it segments.
    channels
        Roles of the channels that it takes, in order.
    trained_on
        Training images.
    licence
        SPDX identifier or a short text.
    url
        Where it can be downloaded; empty if only by hand or not at all.
    sha256
        Of the file, lower-case hexadecimal; empty where nobody published one.
    size
        Of the file in bytes; 0 where unknown.
    path
        The file, for bundled and user checkpoints.
    figures
        Published or measured figures by name.
    modality
        Of the images that it was trained on; None: what the channels say, see `modality_of`.
    tissue
        Tissue or cell type that it was trained on alone; empty where there were several.
    purpose
        To segment with, or to start training from.
    """

    key: str
    method: str
    title: str
    source: Source
    target: Target
    channels: tuple[Role, ...]
    trained_on: str = ""
    licence: str = ""
    url: str = ""
    sha256: str = ""
    size: int = 0
    path: Path | None = None
    figures: Mapping[str, float] = field(default_factory=dict)
    modality: Modality | None = None
    tissue: str = ""
    purpose: Purpose = "segment"
