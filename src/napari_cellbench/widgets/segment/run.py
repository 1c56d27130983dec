"""A run in the background: one thread that waits for the worker process, and signals."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from functools import partial

from napari.qt.threading import create_worker
from qtpy.QtCore import QObject, Signal

from ...compare import Entry
from ...engine import Engine, Progress, segment
from ...errors import Cancelled
from ..layer_source import Input
from ..result_layers import Assembly, Found

FRAME = 1 / 30
"""Progress is shown at most so often, in seconds."""


@dataclass(frozen=True, eq=False)
class Order:
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
    """

    input: Input
    entry: Entry
    index: tuple[int, ...] | None = None
    link: bool = False


@dataclass(frozen=True, eq=False)
class _Failure:
    """An error on its way to the GUI's thread: raised in a worker, napari would show it too."""

    error: Exception


class Run(QObject):
    """Segments in a thread; all signals arrive in the GUI's thread.

    Parameters
    ----------
    engine
        Where to run.
    order
        What to run.
    """

    progressed = Signal(float, str)
    succeeded = Signal(object)
    failed = Signal(object)
    cancelled = Signal()
    ended = Signal()

    def __init__(self, engine: Engine, order: Order, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine, self.order = engine, order
        self._cancel = threading.Event()
        self._shown = 0.0

    def start(self) -> None:
        """Begin; returns at once."""
        worker = create_worker(self._work, _start_thread=False)
        worker.returned.connect(self._report)
        worker.finished.connect(self.ended)
        worker.start()

    def cancel(self) -> None:
        """Ask to stop; `cancelled` follows within about a second."""
        self._cancel.set()

    def _report(self, outcome: Found | _Failure) -> None:
        if isinstance(outcome, Found):
            self.succeeded.emit(outcome)
        elif isinstance(outcome.error, Cancelled):
            self.cancelled.emit()
        else:
            self.failed.emit(outcome.error)

    def _work(self) -> Found | _Failure:
        try:
            return self._segment_planes()
        except Exception as error:
            return _Failure(error)

    def _segment_planes(self) -> Found:
        order, entry = self.order, self.order.entry
        indices = list(order.input.indices(order.index))
        assembly = Assembly(order.input, order.index)
        for number, index in enumerate(indices):
            report = partial(self._progress, number, len(indices))
            try:
                found = segment(
                    self._engine,
                    order.input.source(index),
                    order.input.roles,
                    entry.method,
                    entry.checkpoint,
                    entry.parameters,
                    entry.device,
                    order.input.first.name,
                    report,
                    self._cancel,
                )
            except Cancelled:
                if not assembly.started:
                    raise
                break
            assembly.add(found)
        return assembly.found(link=order.link)

    def _progress(self, number: int, total: int, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._shown < FRAME and progress.fraction not in (0.0, 1.0):
            return
        self._shown = now
        plane = f"plane {number + 1} of {total}: " if total > 1 else ""
        text = plane + progress.message
        self.progressed.emit((number + progress.fraction) / total, text[:1].upper() + text[1:])
