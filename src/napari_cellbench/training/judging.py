"""Whether the run helped: figures before and after, and which of its checkpoints is the best."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from ..data import Instances, Sample
from .examining import EXPECTED, MEASURED, Best, best, row
from .images import Images
from .measuring import measure
from .plan import Plan
from .recorder import Recorder
from .run import Run
from .showing import show


@dataclass
class _Figures:
    """Of a checkpoint: on the validation images, each of them, and on those not to be forgotten."""

    validation: dict[str, float] = field(default_factory=dict)
    each: list[float] = field(default_factory=list)
    replay: dict[str, float] = field(default_factory=dict)
    first: Instances | None = None


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
        return figures.each

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
            f1 = figures.validation.get("F1", 0.0)
            other = None
            if found.f1 > f1:
                path = self._run.folder / "training" / found.file
                other = self._measured(path, f"after {found.step:,} steps")
            if other is not None and other.validation.get("F1", 0.0) > f1:
                figures, step = other, found.step
                self._recorder.tell(checkpoint=str(path))
            self._note(found, f1, figures, step)
        self._tell(figures, "after", step)
        return figures.each

    def _note(self, found: Best, last: float, chosen: _Figures, step: int) -> None:
        if step == found.step:
            f1 = chosen.validation["F1"]
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

        def found(_: Sample, instances: Instances) -> None:
            if figures.first is None:
                figures.first = instances

        for what, samples in (("validation", images.validation), ("old", images.replay)):
            if not samples:
                continue

            def tell(which: str, what: str = what) -> None:
                recorder.check()
                recorder.tell(message=f"Measuring the {what} images {when}: {which}")

            arguments = (self._plan.method, str(checkpoint), recorder.status.device)
            of_all, each = measure(samples, images.target, *arguments, recorder.cancel, tell, found)
            if what == "validation":
                figures.validation, figures.each = of_all, each
            else:
                figures.replay = of_all
        return figures

    def _tell(self, figures: _Figures, when: str, step: int) -> None:
        """Record figures in the status, the metrics and the image that is shown."""
        recorder, images = self._recorder, self._images
        if figures.replay:
            recorder.tell(**{f"replay_{when}": figures.replay})
            now = recorder.status.step
            recorder.add({"step": now, "when": when, "replay": figures.replay})
        if not images.validation or figures.first is None:
            return
        recorder.tell(**{when: figures.validation})
        recorder.add(row(recorder.status.step, when, figures.validation, figures.each))
        show(
            self._run.folder / "sample",
            images.validation[0],
            images.target,
            figures.first,
            step,
            figures.each[0],
        )
