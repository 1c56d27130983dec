"""The curves of a run that goes on: only what was written since the last look is read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from .run import Run

POINTS = 1000
"""Of a curve at most: more can't be told apart on a screen."""


@dataclass(frozen=True)
class Curves:
    """What was measured while a run trained.

    Attributes
    ----------
    steps, losses
        Mean loss of the steps up to each.
    measured, f1, ap50
        Steps at which the validation images were measured, 0 before the first; F1 and AP at IoU
        0.5 of all their objects together.
    """

    steps: tuple[int, ...] = ()
    losses: tuple[float, ...] = ()
    measured: tuple[int, ...] = ()
    f1: tuple[float, ...] = ()
    ap50: tuple[float, ...] = ()


class CurveReader:
    """Reads ``metrics.jsonl`` again and again.

    Parameters
    ----------
    run
        The run.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self._offset = 0
        self._losses: list[tuple[int, float]] = []
        self._measured: dict[tuple[int, str], dict[str, float]] = {}

    def read(self) -> Curves:
        """Return the curves as they are now; empty where there are none."""
        with suppress(FileNotFoundError):
            for row in self._rows():
                with suppress(ValueError, TypeError, KeyError):
                    self._take(row)
        losses = self._losses[:: max(1, -(-len(self._losses) // POINTS))]
        if self._losses and losses[-1] != self._losses[-1]:
            losses.append(self._losses[-1])
        points = sorted((step, figures) for (step, _), figures in self._measured.items())
        return Curves(
            tuple(step for step, _ in losses),
            tuple(loss for _, loss in losses),
            tuple(step for step, _ in points),
            tuple(figures["F1"] for _, figures in points),
            tuple(figures["AP50"] for _, figures in points),
        )

    def _rows(self) -> Iterator[Any]:
        """Yield the rows that were written since; one that isn't whole yet is left for later."""
        with (self.run.folder / "metrics.jsonl").open("rb") as file:
            if file.seek(0, 2) < self._offset:
                # Another run took its place.
                self._offset, self._losses = 0, []
                self._measured.clear()
            file.seek(self._offset)
            whole, end, _ = file.read().rpartition(b"\n")
        self._offset += len(whole) + len(end)
        for line in whole.splitlines():
            with suppress(ValueError):
                yield json.loads(line)

    def _take(self, row: dict[str, Any]) -> None:
        step = int(row["step"])
        if "loss" in row:
            self._go_back(step)
            self._losses.append((step, float(row["loss"])))
        if "validation" in row:
            when = str(row["when"])
            # What is measured at the end of the last step counts once.
            self._measured.pop((step, "training"), None)
            known = {name: float(row["validation"].get(name, "nan")) for name in ("F1", "AP50")}
            self._measured[0 if when == "before" else step, when] = known

    def _go_back(self, step: int) -> None:
        """Forget what came after a snapshot from which a killed run went on."""
        while self._losses and self._losses[-1][0] >= step:
            self._losses.pop()
        for later in [key for key in self._measured if key[0] >= step and key[1] != "before"]:
            del self._measured[later]
