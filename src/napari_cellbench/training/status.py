"""How a training run stands."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ..errors import InputError
from ..files.atomic import replacing
from ..files.schema import SchemaError, read_json, to_json, typed

RunState = Literal["queued", "running", "stopping", "stopped", "finished", "failed", "lost"]
UNDER_WAY: tuple[RunState, ...] = ("queued", "running", "stopping")
"""States in which a process should be alive."""


@dataclass(frozen=True)
class ImageFigures:
    """F1 at IoU 0.5 of a validation image, before and after."""

    name: str
    before: float
    after: float


@dataclass(frozen=True)
class Status:
    """``status.json`` of a run.

    Attributes
    ----------
    state
        "lost" means that the process is gone without a word: killed, or the computer restarted.
    message
        What is being done, or why it ended, for the user.
    step, steps
        Batches learnt from, and in all; 0 before that is known.
    loss, learning_rate
        Of the last steps.
    seconds, seconds_left
        Since the run was started or resumed, and until its steps are done.
    heartbeat
        When the process last wrote, in seconds since 1970.
    pid, device, memory
        Of the process; its largest memory so far in bytes.
    batch
        Patches in a batch: fewer than asked for where memory was short.
    checkpoint
        What was trained: `predict` takes it. None before.
    before, after
        AP50, F1 (at IoU 0.5) and mAP of all objects of the validation images together, and the
        number of these, with the checkpoint to start from and the new one.
    replay_before, replay_after
        The same on the images that aren't to be forgotten.
    images, p_value
        Each validation image, and the paired test (Wilcoxon's signed ranks, two-sided) of whether
        the difference is more than chance; None with fewer than six images.
    notes
        What was decided without being asked, in sentences.
    """

    state: RunState
    message: str = ""
    step: int = 0
    steps: int = 0
    loss: float | None = None
    learning_rate: float | None = None
    seconds: float = 0.0
    seconds_left: float | None = None
    heartbeat: float = field(default_factory=time.time)
    pid: int | None = None
    device: str = ""
    memory: int = 0
    batch: int = 0
    checkpoint: str | None = None
    before: dict[str, float] | None = None
    after: dict[str, float] | None = None
    replay_before: dict[str, float] | None = None
    replay_after: dict[str, float] | None = None
    images: tuple[ImageFigures, ...] = ()
    p_value: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_under_way(self) -> bool:
        """Whether a process should be alive."""
        return self.state in UNDER_WAY


def read_status(file: Path) -> Status:
    """Read a ``status.json``.

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        status: Status = typed(read_json(file), Status)
    except SchemaError as error:
        raise InputError(f"{file} is no status of a training run: {error}.") from error
    return status


def write_status(file: Path, status: Status) -> None:
    """Write it whole, or leave what was there."""
    with replacing(file) as opened:
        opened.write(to_json(status))
