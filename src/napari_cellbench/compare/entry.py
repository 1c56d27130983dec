"""What is compared: a method with its checkpoint and parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Entry:
    """One method as it is to be run.

    Attributes
    ----------
    method
        Key of the method.
    checkpoint
        Key of a checkpoint, or the path of a file; None for the bundled one that fits the image, or
        for a method without.
    parameters
        Values by name; what is left out keeps its default.
    device
        "auto", "cpu", "cuda", "cuda:1", "mps".
    name
        What the user calls it; empty for method and checkpoint.
    """

    method: str
    checkpoint: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    device: str = "auto"
    name: str = ""
