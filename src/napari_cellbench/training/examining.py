"""Measures what a run has learnt so far, while it trains, and keeps the best of it."""

from __future__ import annotations

import json
import math
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ..data import Sample
from ..errors import Cancelled, CellbenchError
from ..files.atomic import replacing
from .images import Images
from .measuring import Measured, measure
from .plan import Plan
from .recorder import Recorder
from .run import Run
from .showing import show

SHARE = 0.2
"""Of the time since the training began that is spent on measuring, at most."""
MEASURED = 8
"""Validation images that are measured on while the run trains, at most."""

EXPECTED = 5.0
"""Seconds that measuring is taken to need as long as nobody knows: a process has to start."""


@dataclass(frozen=True)
class Best:
    """``best.json`` beside the best checkpoint so far: where and how good it is."""

    step: int
    f1: float
    file: str


class Examiner:
    """Looks at each snapshot, as long as that takes a bounded share of the time.

    Parameters
    ----------
    plan, images, run, recorder
        What is trained, and where it is told.
    share
        See `SHARE`.
    expected
        Seconds that the first time is likely to take.
    """

    def __init__(
        self,
        plan: Plan,
        images: Images,
        run: Run,
        recorder: Recorder,
        share: float = SHARE,
        expected: float = EXPECTED,
    ) -> None:
        self._plan, self._images, self._run, self._recorder = plan, images, run, recorder
        self._share = share
        self.samples = some(images.validation)
        self._began = time.monotonic()
        self._spent, self._next = 0.0, expected

    def __call__(self, step: int, save: Callable[[], Path]) -> None:
        """Measure a snapshot; see `Examination`."""
        began = time.monotonic()
        allowed = self._share * (began - self._began)
        if not self.samples or self._spent + self._next > allowed:
            return
        try:
            self._measure(step, save())
        except Cancelled:
            raise
        except CellbenchError as error:
            note = f"Measuring while training failed, and is left out: {error}"
            self._recorder.tell(notes=(*self._recorder.status.notes, note))
            self.samples = []
        self._next = time.monotonic() - began
        self._spent += self._next
        self._recorder.tell(message="Training")

    def _measure(self, step: int, checkpoint: Path) -> None:
        plan, recorder, target = self._plan, self._recorder, self._images.target

        def tell(which: str) -> None:
            recorder.check()
            recorder.tell(message=f"Measuring after {step:,} steps: {which}")

        device = recorder.status.device
        found = measure(
            self.samples, target, plan.method, str(checkpoint), device, recorder.cancel, tell
        )
        recorder.add(row(step, "training", found))
        assert found.first is not None
        show(self._run.folder / "sample", self.samples[0], target, found.first, step, found.each[0])
        f1 = found.figures.get("F1", math.nan)
        known = best(self._run)
        if math.isfinite(f1) and (known is None or f1 > known.f1):
            keep(self._run, checkpoint, Best(step, f1, f"best{checkpoint.suffix}"))


def some(samples: Sequence[Sample]) -> list[Sample]:
    """Return the images that are measured on while the run trains, evenly from all."""
    places = np.linspace(0, len(samples) - 1, min(MEASURED, len(samples))).round()
    return [samples[int(place)] for place in places]


def row(step: int, when: str, found: Measured) -> dict[str, object]:
    """Return a row of the metrics."""
    f1 = [None if math.isnan(value) else value for value in found.each]
    return {"step": step, "when": when, "validation": found.figures, "each": f1}


def best(run: Run) -> Best | None:
    """Return the best checkpoint that a run has kept."""
    folder = run.folder / "training"
    try:
        found = Best(**json.loads((folder / "best.json").read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return found if (folder / found.file).exists() else None


def keep(run: Run, checkpoint: Path, found: Best) -> None:
    """Keep a checkpoint as the best one."""
    folder = run.folder / "training"
    with checkpoint.open("rb") as source, replacing(folder / found.file) as file:
        shutil.copyfileobj(source, file)
    with replacing(folder / "best.json") as file:
        file.write(json.dumps(asdict(found)).encode())
