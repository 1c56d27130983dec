"""The thread that scores: edits go in, and the latest figures come out as the screen needs them."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from qtpy.QtCore import QObject, Signal

from ...data.source import Region
from .live import LiveComparison, compare
from .types import Comparison, Failure, Focus, Result

FRAME = 1 / 30
"""Least time between two results, in seconds."""
QUIET = 0.15
"""Errors are sorted and drawn once no edit came for so long, in seconds."""


@dataclass(eq=False)
class Mail:
    """What came in since the thread last looked; of each kind the latest counts."""

    comparisons: tuple[Comparison, ...] | None = None
    edits: dict[Any, Region | None] = field(default_factory=dict)
    focus: Focus | None = None
    hover: tuple[int, int] | None = None

    def __bool__(self) -> bool:
        return bool(self.comparisons is not None or self.edits or self.focus or self.hover)


class ScoreThread(QObject):
    """Scores in the background, the first compilation included.

    Signals
    -------
    scored(comparisons, results)
        The tuple of `Comparison` as it was given, and a `Result` or `Failure` for each.
    inspected(inspection)
        An `Inspection` of the focus.
    described(text)
        The hovered cell; empty where there is none.
    failed(error)
        An unexpected exception.
    """

    scored = Signal(object, object)
    inspected = Signal(object)
    described = Signal(str)
    failed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._mail = Mail()
        self._wake = threading.Condition()
        self._closed = False
        self._comparisons: tuple[Comparison, ...] = ()
        self._live: list[LiveComparison | Failure] = []
        self._focus: Focus | None = None
        self._hovered: tuple[int, int] | None = None
        self.thread_ = threading.Thread(target=self._run, name="cellbench-score", daemon=True)
        self.thread_.start()

    def compare(self, comparisons: tuple[Comparison, ...]) -> None:
        """Score these from now on."""
        with self._wake:
            self._mail.comparisons = comparisons
            self._mail.edits.clear()
            self._wake.notify()

    def edit(self, layer: Any, where: Region | None) -> None:
        """Take note that some rows and columns of a layer have changed; None for any."""
        with self._wake:
            edits = self._mail.edits
            edits[layer] = _both(edits[layer], where) if layer in edits else where
            self._wake.notify()

    def look(self, focus: Focus) -> None:
        """Sort the errors of a prediction from now on."""
        with self._wake:
            self._mail.focus = focus
            self._wake.notify()

    def hover(self, row: int, column: int) -> None:
        """Describe the cell at a pixel."""
        with self._wake:
            self._mail.hover = row, column
            self._wake.notify()

    def close(self, *_: object) -> None:
        """End the thread after what it does just now."""
        with self._wake:
            self._closed = True
            self._wake.notify()

    def _run(self) -> None:
        owed = False
        while True:
            with self._wake:
                self._wake.wait_for(
                    lambda: self._closed or bool(self._mail), timeout=QUIET if owed else None
                )
                if self._closed:
                    return
                mail, self._mail = self._mail, Mail()
            try:
                owed = self._work(mail, owed)
            except Exception as error:
                owed = False
                self.failed.emit(error)

    def _work(self, mail: Mail, owed: bool) -> bool:
        """Do what the mail asks for; tell whether an inspection is owed afterwards."""
        if mail.focus is not None:
            self._focus, owed = mail.focus, True
        if mail.comparisons is not None:
            self._comparisons = mail.comparisons
            self._live = [compare(one) for one in mail.comparisons]
        if mail.hover is not None:
            self._hovered = mail.hover
        changed = mail.comparisons is not None or bool(mail.edits)
        if changed:
            self._score(mail)
        if changed or mail.focus is not None or mail.hover is not None:
            self._describe()
        if changed or mail.hover is not None:
            return owed or changed
        if owed:
            self._inspect()
        return False

    def _score(self, mail: Mail) -> None:
        began = time.monotonic()
        for one in self._live:
            if isinstance(one, LiveComparison):
                for layer, where in mail.edits.items():
                    one.edit(layer, where)
        results: list[Result | Failure] = [
            one.result() if isinstance(one, LiveComparison) else one for one in self._live
        ]
        self.scored.emit(self._comparisons, results)
        time.sleep(max(0.0, FRAME - (time.monotonic() - began)))

    def _describe(self) -> None:
        """Tell of the cell under the pointer, which edits may have changed."""
        if self._hovered is not None:
            one = self._focused()
            self.described.emit(one.describe(*self._hovered) if one is not None else "")

    def _inspect(self) -> None:
        one, focus = self._focused(), self._focus
        if one is not None and focus is not None:
            self.inspected.emit(one.inspect(focus.iou, draw=focus.draw))

    def _focused(self) -> LiveComparison | None:
        for one in self._live:
            if (
                isinstance(one, LiveComparison)
                and self._focus is not None
                and one.of.layer is self._focus.layer
            ):
                return one
        return None


def _both(a: Region | None, b: Region | None) -> Region | None:
    """Return the smallest region that holds both."""
    if a is None or b is None:
        return None
    rows, columns = (
        slice(min(p.start, q.start), max(p.stop, q.stop)) for p, q in zip(a, b, strict=True)
    )
    return rows, columns
