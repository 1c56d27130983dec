"""Methods on degraded images in the background: one thread, and signals."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qtpy.QtCore import QObject, Signal

from ....compare.queue import Queue
from ....compare.robustness import Robustness
from ....compare.robustness_run import RobustnessRun, Subject
from ....compare.tabulate import Truth
from ....data import Role
from ....data.source import Source
from ....engine import Entry, Progress
from ....scoring.selection import Selection
from ..shown import ShownPlane

FRAME = 1 / 30
"""Progress is shown at most so often, in seconds."""


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


class DegradedRun(QObject):
    """Measures in a thread of its own; all signals arrive in the GUI's thread.

    Signals
    -------
    progressed(fraction, text)
        What is going on.
    measured(robustness)
        What has been measured so far.
    failed(error)
        Nothing could be run.
    ended
        Nothing runs any more.
    """

    progressed = Signal(float, str)
    measured = Signal(object)
    failed = Signal(object)
    ended = Signal()

    def __init__(self, queue: Queue, order: DegradedOrder) -> None:
        super().__init__()
        self._queue, self._order = queue, order
        self._cancel = threading.Event()
        self._closing = False
        self._shown = 0.0
        # None of napari's pool, which napari waits for when its window closes.
        self._thread = threading.Thread(target=self._work, name="cellbench-robust", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def cancel(self) -> None:
        """Ask to stop; `ended` follows within about a second."""
        self._cancel.set()

    def close(self) -> None:
        """Ask to stop, and end the worker processes then."""
        self._closing = True
        self.cancel()

    @property
    def cancelled(self) -> bool:
        """Whether it was asked to stop."""
        return self._cancel.is_set()

    def _work(self) -> None:
        order = self._order
        # The window may be closed, and this object's Qt side gone: then nobody wants to know.
        with contextlib.suppress(RuntimeError):
            try:
                RobustnessRun(
                    self._queue,
                    order.subject(),
                    order.entries,
                    order.levels,
                    progress=self._tell,
                    measured=self._pass_on,
                ).run(self._cancel)
            except Exception as error:
                self.failed.emit(error)
            finally:
                self.ended.emit()
        if self._closing:
            self._queue.release()

    def _tell(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._shown >= FRAME:
            self._shown = now
            with contextlib.suppress(RuntimeError):
                self.progressed.emit(progress.fraction, progress.message)

    def _pass_on(self, robustness: Robustness) -> None:
        with contextlib.suppress(RuntimeError):
            self.measured.emit(robustness)
