"""How a training run goes on, as the terminal shows it, and how it ended."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from ..durations import spoken
from .terminal import is_watched, say, show, warn

if TYPE_CHECKING:
    from ..training.run import Run
    from ..training.status import Status

LOOK = 0.3
"""Seconds between two looks."""
LINE = 10.0
"""Seconds between two lines where no person watches."""


def follow(run: Run, *, for_programs: bool = False, stops: bool = True) -> None:
    """Show how a run goes on until it ends.

    Parameters
    ----------
    run
        A run that was launched.
    for_programs
        Whether standard output is read by a program: lines about the work go to standard error.
    stops
        Whether Ctrl-C stops the run; else it goes on alone.
    """
    told, last, notes = "", 0.0, 0
    try:
        while True:
            status = run.status()
            for note in status.notes[notes:]:
                warn(f"note: {note}")
            notes = len(status.notes)
            if not status.is_under_way:
                show("")
                return
            line = line_of(status)
            if is_watched():
                show(line)
            elif line != told and time.monotonic() - last > LINE:
                told, last = line, time.monotonic()
                (warn if for_programs else say)(line)
            time.sleep(LOOK)
    except KeyboardInterrupt:
        if stops:
            warn("Stopping; what was learnt is saved.")
            run.stop()
        else:
            warn(f"The run goes on in the background: {run.folder}")
        raise


def line_of(status: Status) -> str:
    """Return how a run stands, in a line."""
    if not status.step or status.message != "Training":
        return f"{status.state}: {status.message}" if status.message else status.state
    share = status.step / max(status.steps, 1)
    left = "" if status.seconds_left is None else f", {spoken(status.seconds_left)} left"
    loss = "" if status.loss is None else f", loss {status.loss:.4g}"
    return f"{share:4.0%} step {status.step:,} of {status.steps:,}{loss}{left}"


def ended(run: Run, *, as_json: bool, detached: bool = False) -> int:
    """Print how a run ended; return the exit status: 0 only when it is finished."""
    status = run.status()
    if as_json:
        say(json.dumps({"run": str(run.folder), **asdict(status)}, indent=2))
        return 0 if detached or status.state == "finished" else 1
    if status.state != "finished":
        warn(f"cellbench: {status.state}: {status.message}")
        if status.state in ("stopped", "lost", "failed"):
            warn(f"Go on by `cellbench runs resume {run.folder}`.")
        return 1
    for line in table_of(status):
        say(line)
    say(f"Checkpoint: {status.checkpoint}")
    return 0


def wait_for(run: Run, args: argparse.Namespace) -> int:
    """Follow a run that was launched until it ends, unless it is to be left alone.

    Parameters
    ----------
    run
        The run.
    args
        With ``detach`` and ``json``.

    Returns
    -------
    int
        The exit status.
    """
    if args.detach and args.json:
        return ended(run, as_json=True, detached=True)
    if args.detach:
        say(f"Training in the background: {run.folder}")
        return 0
    follow(run, for_programs=args.json)
    return ended(run, as_json=args.json)


def table_of(status: Status) -> list[str]:
    """Return the figures before and after as lines, and what they mean."""
    from ..training.outcome import verdict

    rows = [("", "before", "after")]
    for what, before, after in (
        ("validation", status.before, status.after),
        ("not to be forgotten", status.replay_before, status.replay_after),
    ):
        for name in ("F1", "AP50", "mAP"):
            if after is not None and name in after:
                old = "–" if before is None or name not in before else f"{before[name]:.3f}"
                rows.append((f"{name}, {what}", old, f"{after[name]:.3f}"))
    lines = [f"{a:<28}{b:>8}{c:>8}" for a, b, c in rows] if len(rows) > 1 else []
    return [*lines, told] if (told := verdict(status)) else lines
