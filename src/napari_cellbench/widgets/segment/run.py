"""A run in the background: one thread that waits for the worker process, and signals."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass
from functools import partial

from qtpy.QtCore import QObject, Signal

from ...data.kind import Kind
from ...engine import Engine, Entry, Progress, Request, Setup, segment
from ...engine.time_left import TimeLeft, spoken
from ...errors import Cancelled
from ..jobs.background import Background
from ..layers.results import Assembly, Found
from ..layers.source import Input

FRAME = 1 / 30
"""Progress is shown at most so often, in seconds."""


@dataclass(frozen=True, eq=False)
class SegmentOrder:
    """What the user asked for.

    Attributes
    ----------
    input
        Layers and region.
    entry
        Method, checkpoint, parameters and device.
    index
        Plane to segment; None for all planes.
    link
        Whether objects keep their label from plane to plane.
    kind
        What the image shows; None where that isn't known.
    """

    input: Input
    entry: Entry
    index: tuple[int, ...] | None = None
    link: bool = False
    kind: Kind | None = None


class Run(QObject):
    """Segments in a thread; all signals arrive in the GUI's thread.

    Parameters
    ----------
    engine
        Where to run.
    order
        What to run. Its images are read as they are now, whatever becomes of their layers.

    Signals
    -------
    progressed(fraction, text)
        What is going on.
    succeeded(found), failed(error), cancelled
        How it came out: one of these, unless it was closed.
    ended
        Nothing runs any more.

    Raises
    ------
    InputError
        If the layers don't go together.
    """

    progressed = Signal(float, str)
    succeeded = Signal(object)
    failed = Signal(object)
    cancelled = Signal()
    ended = Signal()

    def __init__(self, engine: Engine, order: SegmentOrder) -> None:
        super().__init__()
        self._engine, self.order = engine, order
        self._sources = [order.input.source(index) for index in order.input.indices(order.index)]
        self._roles, self._image = order.input.roles, order.input.first.name
        self._assembly = Assembly(order.input, order.index)
        self._cancel = threading.Event()
        self._closed = False
        self._shown = 0.0
        self._left = TimeLeft()
        self._thread = Background(self._segment_planes, "cellbench-segment")
        self._thread.returned.connect(self._succeed)
        self._thread.failed.connect(self._fail)
        self._thread.ended.connect(self.ended)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def cancel(self) -> None:
        """Ask to stop; `cancelled` follows within about a second."""
        self._cancel.set()

    def close(self) -> None:
        """Stop, and say nothing of what came of it."""
        self._closed = True
        self.cancel()

    def _succeed(self, found: Found) -> None:
        if not self._closed:
            self.succeeded.emit(found)

    def _fail(self, error: BaseException) -> None:
        if self._closed:
            return
        if isinstance(error, Cancelled):
            self.cancelled.emit()
        else:
            self.failed.emit(error)

    def _segment_planes(self) -> Found:
        assembly = self._assembly
        setup = Setup.of(self.order.entry, self._roles, self.order.kind)
        for number, source in enumerate(self._sources):
            report = partial(self._progress, number, len(self._sources))
            try:
                request = Request(source, self._roles, setup, self._image, self.order.kind)
                found = segment(self._engine, request, report, self._cancel)
            except Cancelled:
                if not assembly.started:
                    raise
                break
            assembly.add(found)
        return assembly.found(link=self.order.link)

    def _progress(self, number: int, total: int, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._shown < FRAME and progress.fraction not in (0.0, 1.0):
            return
        self._shown = now
        fraction = (number + progress.fraction) / total
        plane = f"plane {number + 1} of {total}: " if total > 1 else ""
        left = self._left.note(fraction)
        rest = f" about {spoken(left)} left" if left else ""
        text = f"{plane}{progress.message}…{rest}"
        if not self._closed:
            # Qt itself may be gone when the program ends.
            with contextlib.suppress(RuntimeError):
                self.progressed.emit(fraction, text[:1].upper() + text[1:])
