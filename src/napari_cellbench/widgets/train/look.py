"""Looks at the runs on the disk, in a thread: the window never waits for files."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import CellbenchError
from ...training.curves import CurveReader, Curves
from ...training.plan import Plan
from ...training.run import Run, known_runs
from ...training.status import Status

TAIL = 4000
"""Bytes of the log's end that are shown."""


@dataclass(frozen=True)
class Seen:
    """A run as it was at a look."""

    run: Run
    plan: Plan
    status: Status

    @property
    def name(self) -> str:
        """Of its folder."""
        return self.run.folder.name


@dataclass(frozen=True)
class Look:
    """All runs at a time, the newest first; of one of them its curves, log and sample.

    Attributes
    ----------
    runs
        All that can be read.
    chosen
        The one that is shown; None for none.
    curves, log
        Of the chosen one.
    sample
        ``sample.json`` of the chosen one; None where there is none.
    """

    runs: tuple[Seen, ...]
    chosen: Seen | None = None
    curves: Curves = field(default_factory=Curves)
    log: str = ""
    sample: dict[str, Any] | None = None


class Looker:
    """Remembers what doesn't change, and how far the metrics of the shown run were read."""

    def __init__(self) -> None:
        self._plans: dict[Path, Plan] = {}
        self._reader: CurveReader | None = None

    def look(self, folder: Path | None) -> Look:
        """Look at all runs, and closely at the one in a folder, else at the newest."""
        runs = tuple(seen for run in known_runs() if (seen := self._see(run)) is not None)
        chosen = next((one for one in runs if one.run.folder == folder), None)
        chosen = chosen or (runs[0] if runs else None)
        if chosen is None:
            return Look(runs)
        run = chosen.run
        if self._reader is None or self._reader.run.folder != run.folder:
            self._reader = CurveReader(run)
        return Look(runs, chosen, self._reader.read(), _tail(run.log), sample_of(run.folder))

    def _see(self, run: Run) -> Seen | None:
        # One that is damaged, or removed at this moment, isn't shown.
        with suppress(CellbenchError, OSError):
            if run.folder not in self._plans:
                self._plans[run.folder] = run.plan
            return Seen(run, self._plans[run.folder], run.status())
        return None


def sample_of(folder: Path) -> dict[str, Any] | None:
    """Return what a run says of its sample prediction; None where there is none."""
    with suppress(OSError, ValueError):
        found = json.loads((folder / "sample" / "sample.json").read_text("utf-8"))
        return found if isinstance(found, dict) else None
    return None


def _tail(file: Path) -> str:
    with suppress(OSError), file.open("rb") as opened:
        opened.seek(max(0, opened.seek(0, 2) - TAIL))
        return opened.read().decode("utf-8", "replace")
    return ""
