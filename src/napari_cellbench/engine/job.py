"""What the engine is asked to do, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..data import Instances, Role
from ..methods.base import Tiling
from .examination import Examination, Examine


@dataclass(frozen=True)
class Job:
    """What to run.

    Attributes
    ----------
    method
        Key of the method.
    roles
        What each channel of the source shows.
    checkpoint
        File or folder of the weights; None for methods without.
    parameters
        Values by name; what is left out keeps its default.
    device
        "auto", "cpu", "cuda", "cuda:1", "mps".
    python
        Interpreter of another environment that the method runs in; None for the running one.
    examine
        How the run is to be examined; None for an ordinary run.
    """

    method: str
    roles: tuple[Role, ...]
    checkpoint: Path | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    device: str = "auto"
    python: Path | None = None
    examine: Examine | None = None


@dataclass(frozen=True)
class Progress:
    """How far a run is: the fraction done in [0, 1], and what is going on."""

    fraction: float
    message: str


@dataclass(frozen=True, eq=False)
class Result:
    """What a run gave.

    Attributes
    ----------
    instances
        The objects.
    device
        Where it was computed.
    sha256
        Of the checkpoint, as it was loaded; empty without one.
    versions
        Of Python and of the packages that took part.
    seconds
        Wall time of the prediction, without loading the model.
    tiles
        Number of tiles.
    tiling
        Their size and overlap.
    peak_memory
        Largest resident size of the worker process and its children while the model was loaded and
        used, in bytes; None where it can't be measured. A worker that ran other methods before has
        their packages in memory too.
    peak_gpu_memory
        Most memory that tensors took on the GPU meanwhile, in bytes; None on other devices.
    notes
        What was decided on the way that a user should know, in sentences.
    examination
        What the worker saw; None of an ordinary run.
    """

    instances: Instances
    device: str
    sha256: str
    versions: Mapping[str, str]
    seconds: float
    tiles: int
    tiling: Tiling
    peak_memory: int | None = None
    peak_gpu_memory: int | None = None
    notes: tuple[str, ...] = ()
    examination: Examination | None = None
