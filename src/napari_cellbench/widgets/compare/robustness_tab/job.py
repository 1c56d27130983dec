"""A run of the Robustness tab: methods on degraded images."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qtpy.QtCore import Signal

from ....compare.queue import Queue
from ....compare.robustness import Robustness
from ....compare.robustness_run import RobustnessRun, Subject
from ....compare.tabulate import Truth
from ....data import Role
from ....data.source import Source
from ....engine import Entry
from ....scoring.selection import Selection
from ...jobs.long_run import LongRun
from ..shown import ShownPlane


@dataclass(frozen=True, eq=False)
class DegradedOrder:
    """What the user asked for, as it was when Run was pressed.

    Attributes
    ----------
    source, roles, image
        The plane that is shown, what its channels show, and the image's name.
    truth, truth_name
        The same part of the truth layer; None for none.
    selection
        Which objects scores against the truth leave out.
    """

    source: Source
    roles: tuple[Role, ...]
    image: str
    truth: ShownPlane | None
    truth_name: str
    selection: Selection
    entries: Sequence[Entry]
    levels: Mapping[str, Sequence[float]]

    def subject(self) -> Subject:
        """Read the truth; in any thread."""
        truth = None
        if self.truth is not None:
            crowds = self.truth.crowded()
            truth = Truth(self.truth_name, (self.truth.objects(),), (crowds,), self.selection)
        return Subject(self.source, self.roles, truth, self.image)


class DegradedRun(LongRun):
    """Measures.

    Signals
    -------
    measured(robustness)
        What has been measured so far.
    """

    measured = Signal(object)

    def __init__(self, queue: Queue, order: DegradedOrder) -> None:
        super().__init__("cellbench-robust")
        self._queue, self._order = queue, order

    def work(self) -> None:
        """Run every entry at every level."""
        order = self._order
        try:
            RobustnessRun(
                self._queue,
                order.subject(),
                order.entries,
                order.levels,
                progress=self.tell,
                measured=self._pass_on,
            ).run(self.stop)
        finally:
            if self.is_closed:
                self._queue.release()

    def _pass_on(self, robustness: Robustness) -> None:
        # Qt itself may be gone when the program ends.
        with contextlib.suppress(RuntimeError):
            self.measured.emit(robustness)
