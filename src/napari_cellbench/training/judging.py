"""Whether the run helped: figures before and after, and which of its checkpoints is the best."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from .examining import EXPECTED, MEASURED, Best, best, row
from .images import Images
from .measuring import Measured, measure
from .plan import Plan
from .recorder import Recorder
from .run import Run
from .showing import show


@dataclass
class _Figures:
    """Of a checkpoint: on the validation images, and on those not to be forgotten."""

    validation: Measured = field(default_factory=Measured)
    replay: Measured = field(default_factory=Measured)


class Judge:
    """Measures checkpoints on all that is held back.

    Parameters
    ----------
    plan, images, run, recorder
        What is trained, and where it is told.

    Attributes
    ----------
    expected
        Seconds that measuring while training is likely to take.
    """

    def __init__(self, plan: Plan, images: Images, run: Run, recorder: Recorder) -> None:
        self._plan, self._images, self._run, self._recorder = plan, images, run, recorder
        self.expected = EXPECTED

    def known_before(self) -> list[float]:
        """Return F1 of each validation image that the run had measured before it was stopped."""
        rows = [r for r in self._run.metrics() if r.get("when") == "before" and "validation" in r]
        return (
            [float("nan") if f1 is None else float(f1) for f1 in rows[-1]["each"]] if rows else []
        )

    def before(self, checkpoint: Path) -> list[float]:
        """Measure the start; return F1 of each validation image."""
        began = time.monotonic()
        figures = self._measured(checkpoint, "before")
        images = len(self._images.validation) + len(self._images.replay)
        share = min(MEASURED, len(self._images.validation)) / max(1, images)
        self.expected = share * (time.monotonic() - began)
        self._tell(figures, "before", self._recorder.status.step)
        return figures.validation.each

    def after(self, last: Path) -> list[float]:
        """Measure the last checkpoint, and the best so far where that may be better.

        The better one becomes the run's checkpoint.

        Returns
        -------
        list of float
            F1 of each validation image.
        """
        figures, step = self._measured(last, "after"), self._recorder.status.steps
        found = best(self._run)
        if found is not None:
            f1 = figures.validation.figures.get("F1", 0.0)
            other = None
            if found.f1 > f1:
                path = self._run.folder / "training" / found.file
                other = self._measured(path, f"after {found.step:,} steps")
            if other is not None and other.validation.figures.get("F1", 0.0) > f1:
                figures, step = other, found.step
                self._recorder.tell(checkpoint=str(path))
            self._note(found, f1, figures, step)
        self._tell(figures, "after", step)
        return figures.validation.each

    def _note(self, found: Best, last: float, chosen: _Figures, step: int) -> None:
        if step == found.step:
            f1 = chosen.validation.figures["F1"]
            note = (
                f"The checkpoint is that after {step:,} steps, the best on the validation images "
                f"(F1 {f1:.3f}; the last: {last:.3f}). As it was chosen by them, others may fit a "
                "little less well."
            )
        else:
            note = "The checkpoint is the last, which none before it surpasses on all images."
        self._recorder.tell(notes=(*self._recorder.status.notes, note))

    def _measured(self, checkpoint: Path, when: str) -> _Figures:
        figures, recorder, images = _Figures(), self._recorder, self._images

        for what, samples in (("validation", images.validation), ("old", images.replay)):
            if not samples:
                continue

            def tell(which: str, what: str = what) -> None:
                recorder.check()
                recorder.tell(message=f"Measuring the {what} images {when}: {which}")

            arguments = (self._plan.method, str(checkpoint), recorder.status.device)
            found = measure(samples, images.target, *arguments, recorder.cancel, tell)
            if what == "validation":
                figures.validation = found
            else:
                figures.replay = found
        return figures

    def _tell(self, figures: _Figures, when: str, step: int) -> None:
        """Record figures in the status, the metrics and the image that is shown."""
        recorder, images = self._recorder, self._images
        if replay := figures.replay.figures:
            recorder.tell(**{f"replay_{when}": replay})
            recorder.add({"step": recorder.status.step, "when": when, "replay": replay})
        found, folder = figures.validation, self._run.folder / "sample"
        if found.first is None:
            return
        recorder.tell(**{when: found.figures})
        recorder.add(row(recorder.status.step, when, found))
        show(folder, images.validation[0], images.target, found.first, step, found.each[0])
