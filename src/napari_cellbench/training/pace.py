"""How long a step takes and what memory it needs: as a run of the same kind has measured it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..durations import spoken
from ..errors import CellbenchError
from .plan import Plan
from .run import Run, known_runs

MANY = 100
"""Rows from which the pace is taken: what else the computer does varies."""


@dataclass(frozen=True)
class Pace:
    """What a run of the same kind has measured on this computer.

    Attributes
    ----------
    seconds
        A step.
    memory
        Of the process at most, in bytes.
    device
        On which it ran.
    """

    seconds: float
    memory: int
    device: str


def known_pace(plan: Plan, runs: Iterable[Run] | None = None) -> Pace | None:
    """Return the pace of the newest run of the same method, size of patches and batches.

    Parameters
    ----------
    plan
        What is to be trained.
    runs
        The newest first; those of this user if left out.
    """
    for run in known_runs() if runs is None else runs:
        try:
            other, status = run.plan, run.status()
        except CellbenchError:
            continue
        asked, of = plan.settings, other.settings
        same = other.method == plan.method and of.patch == asked.patch
        same = same and status.batch == asked.batch
        same = same and (plan.device == "auto" or status.device.startswith(plan.device))
        if same and (seconds := _seconds(run)) is not None:
            return Pace(seconds, status.memory, status.device)
    return None


def _seconds(run: Run) -> float | None:
    """Return how long the last steps took; None where too few are known."""
    rows = [row for row in run.metrics() if "loss" in row and "seconds" in row][-MANY:]
    # Seconds are counted anew where a run was resumed.
    began = max(
        (i for i in range(1, len(rows)) if rows[i]["seconds"] < rows[i - 1]["seconds"]), default=0
    )
    first, last = (rows[began], rows[-1]) if rows else ({"step": 0}, {"step": 0})
    steps = last["step"] - first["step"]
    return (last["seconds"] - first["seconds"]) / steps if steps > 0 else None


def expected(plan: Plan, pace: Pace | None) -> str:
    """Say how long a plan will take and what memory it needs, in a line.

    Examples
    --------
    >>> from pathlib import Path
    >>> plan = Plan("stardist", Path("data"), minutes=10)
    >>> expected(plan, Pace(0.5, 1_200_000_000, "cpu"))
    'About 10 min: some 1,200 steps at 0.5 s, 1.2 GB of memory, as the last such run on cpu.'
    >>> expected(plan, None)
    'About 10 min; the number of steps is measured when it starts.'
    """
    if pace is None and plan.minutes is not None:
        time = spoken(60 * plan.minutes)
        return f"About {time}; the number of steps is measured when it starts."
    if pace is None:
        return f"{plan.settings.steps:,} steps; how long they take is measured when it starts."
    steps, seconds = plan.settings.steps, 60.0 * (plan.minutes or 0)
    if seconds:
        # No more digits than the measurement has.
        steps = int(float(f"{max(1, seconds / pace.seconds):.2g}"))
    return (
        f"About {spoken(seconds or steps * pace.seconds)}: {'some ' if seconds else ''}{steps:,} "
        f"steps at {pace.seconds:.2g} s, {pace.memory / 1e9:.1f} GB of memory, as the last such "
        f"run on {pace.device}."
    )
