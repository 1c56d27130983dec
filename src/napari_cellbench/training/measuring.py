"""How good a checkpoint is on images with truth: as `predict` and `score` would find it."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..data import Instances, Sample, Target
from ..engine import Engine, segment
from ..engine.choice import request_for
from ..errors import Cancelled
from ..scoring import DatasetScorer
from ..scoring.signed_rank import signed_rank

ENOUGH = 6
"""Images from which a paired test can tell anything."""


@dataclass(frozen=True, eq=False)
class Measured:
    """How good a checkpoint is.

    Attributes
    ----------
    figures
        AP50, F1 (IoU 0.5) and mAP of all objects together, and the number of images.
    each
        F1 at IoU 0.5 of each image; NaN where there is nothing to find and nothing was found.
    first
        What was found in the first image; None without images.
    """

    figures: dict[str, float] = field(default_factory=dict)
    each: list[float] = field(default_factory=list)
    first: Instances | None = None


def measure(
    samples: Sequence[Sample],
    target: Target,
    method: str,
    checkpoint: str,
    device: str,
    cancel: threading.Event,
    progress: Callable[[str], None] = lambda _: None,
) -> Measured:
    """Segment images with the method's own settings, and score them.

    Parameters
    ----------
    samples
        With truth of the target.
    target
        What is scored.
    method, checkpoint, device
        What runs.
    cancel
        Set by another thread to stop.
    progress
        Told which image is being done.

    Raises
    ------
    Cancelled
        If it was.
    """
    scorer, first = DatasetScorer(), None
    with Engine() as engine:
        for number, sample in enumerate(samples):
            if cancel.is_set():
                raise Cancelled("Stopped.")
            progress(f"{number + 1} of {len(samples)}")
            request = request_for(sample, method, checkpoint, device=device)
            instances = segment(engine, request).instances
            if first is None:
                first = instances
            scorer.add(sample.truth[target], instances)
    scores = scorer.result()
    pooled = scores.pooled
    record = pooled.to_dict()
    figures = {
        "AP50": float(record["AP50"]),
        "F1": float(pooled.f1[0]),
        "mAP": float(record["mAP"]),
        "images": float(len(samples)),
    }
    each = [float(image.f1[0]) for image in scores.images]
    known = {name: value for name, value in figures.items() if math.isfinite(value)}
    return Measured(known, each, first)


def paired(before: Sequence[float], after: Sequence[float]) -> float | None:
    """Return the p-value of Wilcoxon's signed-rank test, two-sided; None for too few images.

    Images for which a figure isn't defined are left out; where none differs it is 1.
    """
    pairs = np.array([before, after], float).T
    pairs = pairs[np.isfinite(pairs).all(1)]
    if len(pairs) < ENOUGH:
        return None
    return signed_rank(pairs[:, 1] - pairs[:, 0])
