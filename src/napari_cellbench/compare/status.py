"""How far an entry of the queue is, and what it gave."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..engine import Segmentation


class State(StrEnum):
    """Where an entry is in the queue."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, eq=False)
class Outcome:
    """What an entry gave.

    Attributes
    ----------
    planes
        One segmentation for each plane that was asked for; see `engine.Segmentation`.
    seconds
        Wall time of the prediction, without loading the model, summed over the planes. Of a cached
        result: of the run that made it.
    peak_memory
        Largest resident size of the worker process during the run, in bytes; None where it can't be
        measured.
    peak_gpu_memory
        Most memory that the run held on the GPU, in bytes; None on the CPU.
    cached
        Whether no method was run for it.
    """

    planes: tuple[Segmentation, ...]
    seconds: float
    peak_memory: int | None = None
    peak_gpu_memory: int | None = None
    cached: bool = False


@dataclass(frozen=True, eq=False)
class Status:
    """News of an entry.

    Attributes
    ----------
    state
        Where it is.
    fraction
        Of the run done, in [0, 1].
    message
        What is going on, or why it failed.
    outcome
        With `State.DONE`.
    """

    state: State
    fraction: float = 0.0
    message: str = ""
    outcome: Outcome | None = None
