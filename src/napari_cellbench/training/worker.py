"""The process that trains: `python -m napari_cellbench.training.worker RUN`.

The only part of this room in which frameworks are imported, by the method.
"""

from __future__ import annotations

import faulthandler
import os
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ..checkpoints import resolve
from ..errors import Cancelled, CellbenchError
from ..files.locking import locked
from ..files.places import data_root
from ..methods.shared.device import resolve as resolve_device
from ..methods.training import Examination, Lesson, TrainingSettings, TrainingUpdate
from .card import write_card
from .examining import SHARE, Examiner
from .images import Images, read_images
from .judging import Judge
from .measuring import paired
from .plan import Plan
from .recorder import Recorder
from .run import Run
from .status import ImageFigures

TRIED = 8
"""Steps by which the time of a step is measured."""


def main(arguments: Sequence[str]) -> int:
    """Train the run in a folder until it is finished or somebody stops it; return 0 then."""
    faulthandler.enable()
    run = Run(Path(arguments[0]))
    with run.held():
        status = run.status()
        if status.state == "finished":
            return 0
        with Recorder(run, replace(status, pid=os.getpid())) as recorder:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: recorder.cancel.set())
            return _watched(run, recorder)


def _watched(run: Run, recorder: Recorder) -> int:
    """Train, and write how it ended."""
    try:
        _train(run, recorder)
    except Cancelled:
        done = recorder.status.step
        what = f"Stopped after {done:,} steps; resume goes on." if done else "Stopped."
        recorder.tell(state="stopped", message=what, seconds_left=None)
        return 1
    except CellbenchError as error:
        sys.stderr.write(f"failed: {error}\n")
        recorder.tell(state="failed", message=str(error), seconds_left=None)
        return 2
    except BaseException as error:
        traceback.print_exc()
        text = f"{type(error).__name__}: {error} The log has more: {run.log}"
        recorder.tell(state="failed", message=text, seconds_left=None)
        return 70
    return 0


def _train(run: Run, recorder: Recorder) -> None:
    plan = run.plan.checked()
    recorder.check()
    device = resolve_device(plan.device)
    recorder.tell(state="queued", message="Waiting for the device", device=device)
    with _turn(device, recorder):
        recorder.tell(state="running", message="Reading the images")
        images = read_images(plan)
        known = list(recorder.status.notes)
        notes = (*known, *(note for note in images.notes if note not in known))
        recorder.tell(notes=notes)
        start = plan.checkpoint()
        path = None if start is None else resolve(start, lambda *_: recorder.check())
        judge = Judge(plan, images, run, recorder)
        before = judge.known_before()
        if not before and path is not None:
            before = judge.before(path)
        examine = Examiner(plan, images, run, recorder, expected=judge.expected)
        checkpoint = _fitted(plan, images, path, device, run, recorder, examine)
        recorder.tell(checkpoint=str(checkpoint), seconds_left=None)
        after = judge.after(checkpoint)
        pairs = zip(images.validation, before, after, strict=False) if before else ()
        each = tuple(ImageFigures(sample.name, a, b) for sample, a, b in pairs if a == a and b == b)
        recorder.tell(images=each, p_value=paired(before, after) if before else None)
        write_card(run, plan, recorder.status)
        recorder.tell(state="finished", message="")


@contextmanager
def _turn(device: str, recorder: Recorder) -> Iterator[None]:
    """Wait until no other run trains on the device."""
    folder = data_root() / "devices"
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / f"{device.replace(':', '-')}.lock", recorder.check):
        yield


def _fitted(
    plan: Plan,
    images: Images,
    start: Path | None,
    device: str,
    run: Run,
    recorder: Recorder,
    examine: Examination,
) -> Path:
    """Train; with half the batch again and again where memory is short."""
    batch = recorder.status.batch or plan.settings.batch
    while True:
        settings = replace(plan.settings, batch=batch)
        folder = run.folder / "training"
        try:
            settings = _timed(plan, settings, images, start, device, run, recorder)
            recorder.tell(message="Training", steps=settings.steps, batch=batch)
            lesson = Lesson(
                images.train, images.target, settings, folder, start, device, recorder.step, examine
            )
            return plan.trainable().train(lesson)
        except (MemoryError, RuntimeError) as error:
            if not _is_short_of_memory(error) or batch == 1:
                raise
            batch //= 2
            note = f"Memory was short: batches of {batch} patches, not {plan.settings.batch}."
            recorder.tell(batch=batch, notes=(*recorder.status.notes, note))
            shutil.rmtree(folder, ignore_errors=True)


def _timed(
    plan: Plan,
    settings: TrainingSettings,
    images: Images,
    start: Path | None,
    device: str,
    run: Run,
    recorder: Recorder,
) -> TrainingSettings:
    """Return settings with the steps that take the minutes of the plan, by a few real ones."""
    if plan.minutes is None:
        return settings
    if recorder.status.steps:
        return replace(settings, steps=recorder.status.steps)
    recorder.tell(message="Measuring how long a step takes")
    seconds: list[float] = []

    def note(update: TrainingUpdate) -> None:
        seconds.append(update.seconds)
        recorder.check()

    trial = run.folder / "trial"
    shutil.rmtree(trial, ignore_errors=True)
    few = replace(settings, steps=TRIED, snapshot=TRIED)
    lesson = Lesson(images.train, images.target, few, trial, start, device, note)
    plan.trainable().train(lesson)
    shutil.rmtree(trial, ignore_errors=True)
    # The first steps are slower: memory is taken, kernels are chosen.
    step = max((seconds[-1] - seconds[1]) / (TRIED - 2), 1e-4)
    minutes = plan.minutes * (1 - SHARE) if images.validation else plan.minutes
    return replace(settings, steps=max(1, round(60 * minutes / step)))


def _is_short_of_memory(error: BaseException) -> bool:
    return isinstance(error, MemoryError) or "out of memory" in str(error).lower()


if __name__ == "__main__":
    began = time.strftime("%Y-%m-%d %H:%M:%S")
    sys.stderr.write(f"{began}: training {sys.argv[1]}\n")
    sys.exit(main(sys.argv[1:]))
