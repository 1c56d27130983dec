"""What a run writes while it trains: its status, its metrics, and that it is alive."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from dataclasses import replace
from typing import Any

import psutil

from ..errors import Cancelled, CellbenchError
from ..methods.training import TrainingUpdate
from .events import Events
from .run import EVENTS, Run
from .status import Status

BEAT = 2.0
"""Seconds between two signs of life."""
ROW = 1.0
"""Seconds between two rows of metrics at least."""
LOOK = 0.5
"""Seconds between two looks at whether somebody wants it to stop."""


class Recorder:
    """Keeps a run's files; a context manager, in which the process shows that it is alive.

    Parameters
    ----------
    run
        That this process holds.
    status
        To begin with.

    Attributes
    ----------
    cancel
        Set once somebody wants the run to stop.
    """

    def __init__(self, run: Run, status: Status) -> None:
        self._run, self.status = run, status
        self.cancel = threading.Event()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._events = Events(run.folder / EVENTS)
        self._losses: list[float] = []
        self._last_row = self._last_look = 0.0
        self._pace: deque[tuple[int, float]] = deque(maxlen=64)

    def __enter__(self) -> Recorder:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._events.close()

    def tell(self, **changes: Any) -> None:
        """Write how the run stands now."""
        with self._lock:
            self.status = replace(self.status, heartbeat=time.time(), **changes)
            self._run.write(self.status)

    def check(self) -> None:
        """Raise `Cancelled` if somebody wants the run to stop."""
        now = time.monotonic()
        if now - self._last_look > LOOK:
            self._last_look = now
            if self._run.is_asked_to_stop:
                self.cancel.set()
        if self.cancel.is_set():
            if self.status.state != "stopping":
                self.tell(state="stopping", message="Saving what was learnt")
            raise Cancelled("Stopped.")

    def step(self, update: TrainingUpdate) -> None:
        """Take a step's news; see `TrainingReport`."""
        self._losses.append(update.loss)
        self._pace.append((update.step, update.seconds))
        now = time.monotonic()
        if update.step == update.steps or now - self._last_row >= ROW:
            self._last_row = now
            self._write_row(update)
            self._losses.clear()
        self.check()

    def _write_row(self, update: TrainingUpdate) -> None:
        loss = sum(self._losses) / len(self._losses)
        (first, began), (last, now) = self._pace[0], self._pace[-1]
        pace = (now - began) / (last - first) if last > first else None
        left = None if pace is None else pace * (update.steps - update.step)
        memory = psutil.Process().memory_info().rss
        row = {
            "step": update.step,
            "steps": update.steps,
            "loss": loss,
            "learning_rate": update.learning_rate,
            "seconds": round(update.seconds, 3),
            "memory": memory,
        }
        self.add(row)
        with self._lock:
            self.status = replace(
                self.status,
                step=update.step,
                steps=update.steps,
                loss=loss,
                learning_rate=update.learning_rate,
                seconds=update.seconds,
                seconds_left=left,
                memory=max(self.status.memory, memory),
            )

    def add(self, row: dict[str, Any]) -> None:
        """Append a row to the metrics; one that a killed process left unfinished is closed."""
        with (self._run.folder / "metrics.jsonl").open("ab+") as file:
            if file.tell():
                file.seek(-1, 2)
                if file.read(1) != b"\n":
                    file.write(b"\n")
            file.write(json.dumps(row).encode() + b"\n")
        self._events.add(row)

    def _beat(self) -> None:
        while not self._ended.wait(BEAT):
            # A full disk may have room again at the next beat; the run itself finds out.
            try:
                self.tell()
            except (OSError, CellbenchError):
                continue
