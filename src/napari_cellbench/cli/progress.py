"""How far the images of a command are: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from ..durations import spoken
from .terminal import is_watched, say, warn

if TYPE_CHECKING:
    from ..engine.job import Progress


class Watch:
    """Shows how many images are done, and how long the others will take; a context manager.

    Parameters
    ----------
    total
        Number of images.
    for_programs
        Whether standard output is read by a program: lines about the work go to standard error.
    """

    def __init__(self, total: int, *, for_programs: bool = False) -> None:
        self._total, self._done = total, 0
        self._in_hand: dict[str, float] = {}
        self._tell = warn if for_programs else say
        self._bar = _bar() if is_watched() else None
        self._task = self._bar.add_task("", total=total) if self._bar is not None else None
        self._is_quiet = for_programs and self._bar is not None
        self._started = time.monotonic()

    def __enter__(self) -> Watch:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def report(self, name: str, progress: Progress) -> None:
        """Show how far the image in hand is, on a terminal."""
        if self._bar is not None:
            text = f"{name}: {progress.message}"
            self._in_hand[name] = progress.fraction
            completed = self._done + sum(list(self._in_hand.values()))
            self._bar.update(self._task, description=text[:60], completed=completed)

    def done(self, name: str, text: str, *, failed: bool = False) -> None:
        """Tell how an image ended."""
        self._done += 1
        self._in_hand.pop(name, None)
        if self._bar is not None:
            self._bar.update(self._task, completed=self._done)
        line = f"[{self._done}/{self._total}] {name}: {text}"
        if self._bar is None and self._done < self._total:
            pace = (time.monotonic() - self._started) / self._done
            line += f" ({spoken(pace * (self._total - self._done))} left)"
        if failed:
            warn(line)
        elif not self._is_quiet:
            self._tell(line)


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    return Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
        console=Console(file=sys.stderr),
        # What is printed on the same terminal goes above the bar.
        redirect_stdout=sys.stdout.isatty(),
        transient=True,
    )
