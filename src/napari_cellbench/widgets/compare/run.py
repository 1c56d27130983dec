"""A run of the Compare panel: a queue of entries."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qtpy.QtCore import Signal

from ...compare import State, Status
from ...compare.queue import Queue
from ...engine import Entry, Progress
from ...errors import sentence
from ..jobs.long_run import LongRun
from ..layers.results import Assembly, Found
from ..layers.source import Input


@dataclass(frozen=True, eq=False)
class CompareOrder:
    """What the user asked for.

    Attributes
    ----------
    input
        Layers and region.
    index
        Plane to segment; None for all planes.
    entries
        In the order in which they are run.
    """

    input: Input
    index: tuple[int, ...] | None
    entries: Sequence[Entry]


class CompareRun(LongRun):
    """Runs entries.

    Parameters
    ----------
    queue
        Where to run.
    order
        What to run.

    Signals
    -------
    changed(number, status, found)
        News of an entry; `found` is a `Found` where it is done, else None.
    """

    changed = Signal(int, object, object)

    def __init__(self, queue: Queue, order: CompareOrder) -> None:
        super().__init__("cellbench-compare")
        self._queue, self.order = queue, order
        self._planes = [order.input.source(at) for at in order.input.indices(order.index)]
        self._roles, self._image = order.input.roles, order.input.first.name
        self._fractions = [0.0] * len(order.entries)
        self._over: set[int] = set()

    def cancel_entry(self, number: int) -> None:
        """Ask one entry to stop; the others go on."""
        self._queue.cancel_entry(number)

    def work(self) -> None:
        """Run all entries."""
        try:
            self._queue.run(
                self._planes,
                self._roles,
                self.order.entries,
                self._image,
                self._pass_on,
                self.stop,
            )
        finally:
            if self.is_closed:
                self._queue.release()

    def _pass_on(self, number: int, status: Status) -> None:
        """Pass on what the queue tells, in one of its threads."""
        if self.is_closed:
            return
        found: Found | None = None
        if status.state is State.DONE:
            try:
                found = self._assembled(status)
            except Exception as error:
                text = sentence(error, "The labels can't be put together")
                status = replace(status, state=State.FAILED, message=text, outcome=None)
        # Qt itself may be gone when the program ends.
        with contextlib.suppress(RuntimeError):
            self.changed.emit(number, status, found)
        self._tell_of_all(number, status)

    def _tell_of_all(self, number: int, status: Status) -> None:
        is_over = status.state not in (State.WAITING, State.RUNNING)
        if is_over:
            # Several entries may tell at once, each in a thread of its own.
            self._over.add(number)
        self._fractions[number] = 1.0 if is_over else status.fraction
        total = len(self._fractions)
        self.tell(Progress(sum(self._fractions) / total, f"{len(self._over)} of {total} done"))

    def _assembled(self, status: Status) -> Found:
        """Return labels of the input's shape; here, so that napari needn't wait for it."""
        assert status.outcome is not None
        assembly = Assembly(self.order.input, self.order.index)
        for plane in status.outcome.planes:
            assembly.add(plane)
        return assembly.found()
