"""What the user wants to be trained, and how it becomes a plan and a run."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ...corrections.collection import CorrectionSet
from ...errors import InputError
from ...files.places import data_root
from ...training.launching import launch
from ...training.outlook import Outlook, in_words, look_ahead
from ...training.pace import expected, known_pace
from ...training.plan import Plan
from ...training.run import Run
from ..layers.annotated import Annotated
from .how_group import How


@dataclass(frozen=True, eq=False)
class Order:
    """What the form says.

    Attributes
    ----------
    method, start
        Keys; no checkpoint for random weights.
    data
        A folder, or planes of open layers.
    how
        Length and settings.
    """

    method: str
    start: str | None
    data: Path | Sequence[Annotated]
    how: How

    def plan(self, train: Path) -> Plan:
        """Return the plan for images in a folder.

        Raises
        ------
        InputError, NotInstalled, CheckpointError
            If it can't be.
        """
        how = self.how
        plan = Plan(
            method=self.method,
            train=train,
            validation=how.validation,
            start=self.start,
            replay=how.replay,
            share=how.share,
            minutes=how.minutes,
            settings=how.settings,
            device=how.device,
        )
        return plan.checked()


@dataclass(frozen=True)
class Prospect:
    """What an order comes to: its images and cells, and in words how long it takes."""

    outlook: Outlook
    time: str

    def __str__(self) -> str:
        warnings = [f"⚠ {reason}" for reason in self.outlook.against]
        return "\n".join((f"{in_words(self.outlook)}.", self.time, *warnings))


def look(order: Order, check: Callable[[], None]) -> Prospect:
    """Read an order's images and say what it comes to; `check` may raise to stop."""
    with _images(order) as folder:
        plan = order.plan(folder)
        return Prospect(look_ahead(plan, check), expected(plan, known_pace(plan)))


def begin(order: Order, folder: Path) -> Run:
    """Make the folder of a run, and start the process that trains.

    What is learnt from open layers is kept beside the folder as a correction set.

    Raises
    ------
    InputError, NotInstalled, CheckpointError
        If it can't be.
    """
    if isinstance(order.data, Path):
        run = Run.create(folder, order.plan(order.data))
    else:
        beside = folder.with_name(f"{folder.name} images")
        if beside.exists() or (folder.exists() and any(folder.iterdir())):
            raise InputError(f"{folder.name} is there already: choose another name.")
        _collect(order.data, beside)
        run = Run.create(folder, order.plan(beside))
    launch(run)
    return run


def free_folder(title: str) -> Path:
    """Return a folder for a new run that isn't there yet."""
    plain = "".join(c if c.isalnum() or c in " -_." else " " for c in title)
    name = f"{datetime.now().astimezone():%Y-%m-%d} {' '.join(plain.split())[:60]}".strip()
    folder, number = data_root() / "training" / name, 1
    while folder.exists() or folder.with_name(f"{folder.name} images").exists():
        number += 1
        folder = folder.with_name(f"{name} {number}")
    return folder


@contextmanager
def _images(order: Order) -> Iterator[Path]:
    """Give the images of an order as a folder, for as long as they are looked at."""
    if isinstance(order.data, Path):
        yield order.data
        return
    with tempfile.TemporaryDirectory(prefix="cellbench-") as made:
        folder = Path(made) / "open layers"
        _collect(order.data, folder)
        yield folder


def _collect(planes: Sequence[Annotated], folder: Path) -> None:
    collection = CorrectionSet(folder)
    for one in planes:
        collection.add(one.sample(), one.target, source=one.file)
