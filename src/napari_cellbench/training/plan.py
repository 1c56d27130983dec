"""What is to be trained, from what, and for how long."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..checkpoints import Checkpoint, get_checkpoint
from ..data import Role, Target
from ..errors import InputError, NotInstalled
from ..files.schema import read_record
from ..methods.base import Method
from ..methods.registry import get_method
from ..methods.training import TrainingSettings

FORMAT = 1
"""Of ``run.json``."""


@dataclass(frozen=True)
class Plan:
    """A training run before it runs; ``run.json`` of its folder.

    Attributes
    ----------
    method
        Key.
    train
        Data set to learn from.
    target
        What to learn; None for what both the data and the method have.
    validation
        Data set that is only measured on; None holds a part of `train` back.
    start
        Checkpoint to go on from, a key or a path; None for random weights.
    roles
        What the channels show, where the data set doesn't say.
    channels
        Roles of the channels that are learnt from, in their order; None for all.
    group
        Tissue or cell type that is learnt from alone; None for all.
    images
        Number of images that are learnt from, out of those that aren't measured on: those of a
        smaller number are among those of a larger one. None for all.
    replay, share
        Data set that isn't to be forgotten, and its share of what is seen, 0 to below 1.
    minutes
        Time to train; the number of steps follows from how long a few of them take. None for the
        steps of `settings`.
    settings
        Length, pace and size of patches.
    device
        "auto", "cpu", "cuda", "cuda:1", "mps".
    format
        Version of the file.
    """

    method: str
    train: Path
    target: Target | None = None
    validation: Path | None = None
    start: str | None = None
    roles: tuple[str, ...] | None = None
    channels: tuple[Role, ...] | None = None
    group: str | None = None
    images: int | None = None
    replay: Path | None = None
    share: float = 0.0
    minutes: float | None = None
    settings: TrainingSettings = field(default_factory=TrainingSettings)
    device: str = "auto"
    format: int = FORMAT

    def checked(self) -> Plan:
        """Return the plan with whole paths, once all is found to be possible that can be told.

        Raises
        ------
        InputError, NotInstalled, CheckpointError
            With what is to be changed.
        """
        method = self.trainable()
        if missing := method.missing():
            raise NotInstalled(
                f"{method.title} can't be trained here: {', '.join(missing)} is missing. "
                f"{method.how_to_install()}"
            )
        if self.target is not None and self.target not in method.targets:
            raise InputError(
                f"{method.title} segments {' and '.join(method.targets)}, not {self.target}."
            )
        if not 0 <= self.share < 1:
            raise InputError(f"The share to replay is from 0 to below 1, not {self.share:g}.")
        if self.share and self.replay is None:
            raise InputError("Name the data set to replay: --replay-data DIR.")
        kept = self.settings.average_with_start
        if not 0 <= kept <= 1:
            raise InputError(f"The share of the start to keep is from 0 to 1, not {kept:g}.")
        if kept and self.start is None:
            raise InputError("Name the checkpoint to keep a share of: --from CHECKPOINT.")
        if self.images is not None and self.images < 1:
            raise InputError("The number of images to learn from must be 1 or more.")
        if self.minutes is not None and not self.minutes > 0:
            raise InputError("The minutes to train must be more than 0.")
        if self.replay is not None and not self.share:
            raise InputError(
                "Say with --replay what share of the images is replayed, such as 0.25."
            )
        checkpoint = self.checkpoint()
        return replace(
            self,
            # Of a file that is its whole path.
            start=None if checkpoint is None else checkpoint.key,
            train=_there(self.train),
            validation=_there(self.validation) if self.validation else None,
            replay=_there(self.replay) if self.replay else None,
        )

    def trainable(self) -> Method[Any]:
        """Return the method.

        Raises
        ------
        InputError
            If it can't be trained.
        """
        method = get_method(self.method)
        if not method.trainable:
            raise InputError(
                f"{method.title} can't be trained. `cellbench methods` tells which can."
            )
        return method

    def checkpoint(self) -> Checkpoint | None:
        """Return what to start from."""
        return None if self.start is None else get_checkpoint(self.start, self.method)


def kept_often(settings: TrainingSettings) -> TrainingSettings:
    """Return settings with ten snapshots or more: a run that is killed loses what comes after."""
    most = max(1, settings.steps // 10)
    return replace(settings, snapshot=min(settings.snapshot, most))


def read_plan(file: Path) -> Plan:
    """Read a ``run.json``.

    Raises
    ------
    InputError
        If it is none, or of a newer version.
    """
    return read_record(file, Plan, FORMAT, "plan of a training run")


def _there(path: Path) -> Path:
    if not path.exists():
        raise InputError(f"{path} does not exist.")
    return path.absolute()
