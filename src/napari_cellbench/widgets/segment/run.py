"""A run in the background: one thread that waits for the worker process, and signals."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from napari.qt.threading import create_worker
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from ...checkpoints import Checkpoint
from ...data.instances import RLE
from ...data.source import Region
from ...engine import Engine, Progress, segment
from ...engine.linking import link_planes
from ...errors import Cancelled
from ..layer_source import Input

FRAME = 1 / 30
"""Progress is shown at most so often, in seconds."""


@dataclass(frozen=True, eq=False)
class Order:
    """What the user asked for.

    Attributes
    ----------
    input
        Layers and region.
    index
        Plane to segment; None for all planes.
    link
        Whether objects keep their label from plane to plane.
    """

    input: Input
    method: str
    checkpoint: Checkpoint | None
    parameters: Mapping[str, Any]
    device: str
    index: tuple[int, ...] | None = None
    link: bool = False


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a run gave: labels of the whole input's shape, and the record.

    Attributes
    ----------
    labels : (..., Y, X) int32
    provenance
        See `napari_cellbench.engine.provenance`.
    partial
        True if the run was cancelled after some planes.
    scores
        One per label of a single plane, where the method gives them.
    masks
        What the labels of a single whole plane show flattened, where the method gives objects that
        may overlap; in COCO RLE.
    """

    labels: NDArray[np.int32]
    provenance: dict[str, Any]
    partial: bool = False
    scores: list[float] | None = None
    masks: list[RLE] | None = None


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

    def _report(self, outcome: Outcome | _Failure) -> None:
        if isinstance(outcome, Outcome):
            self.succeeded.emit(outcome)
        elif isinstance(outcome.error, Cancelled):
            self.cancelled.emit()
        else:
            self.failed.emit(outcome.error)

    def _work(self) -> Outcome | _Failure:
        try:
            return self._segment_planes()
        except Exception as error:
            return _Failure(error)

    def _segment_planes(self) -> Outcome:
        order = self.order
        indices = list(order.input.indices(order.index))
        labels = np.zeros(order.input.shape, np.int32)
        records: list[dict[str, Any]] = []
        scores: list[float] | None = None
        masks: list[RLE] | None = None
        incomplete = False
        for number, index in enumerate(indices):
            report = partial(self._progress, number, len(indices))
            try:
                found = segment(
                    self._engine,
                    order.input.source(index),
                    order.input.roles,
                    order.method,
                    order.checkpoint,
                    order.parameters,
                    order.device,
                    order.input.first.name,
                    report,
                    self._cancel,
                )
            except Cancelled:
                if not records:
                    raise
                incomplete = True
                break
            region: Region = order.input.region or (slice(None), slice(None))
            labels[index][region] = found.instances.to_labels()
            records.append(found.provenance)
            if len(indices) == 1 and found.instances.scores is not None:
                scores = found.instances.scores.tolist()
            if found.instances.masks is not None and found.instances.shape == labels.shape:
                masks = list(found.instances.masks)
        if order.link and len(indices) > 1:
            flat = labels.reshape(-1, *labels.shape[-2:])
            flat[:] = link_planes(list(flat))
        return Outcome(labels, _summary(order, records, labels), incomplete, scores, masks)

    def _progress(self, number: int, total: int, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._shown < FRAME and progress.fraction not in (0.0, 1.0):
            return
        self._shown = now
        plane = f"plane {number + 1} of {total}: " if total > 1 else ""
        text = plane + progress.message
        self.progressed.emit((number + progress.fraction) / total, text[:1].upper() + text[1:])


def _summary(
    order: Order, records: list[dict[str, Any]], labels: NDArray[np.int32]
) -> dict[str, Any]:
    summary = dict(records[0])
    summary["seconds"] = round(sum(record["seconds"] for record in records), 3)
    summary["n_objects"] = sum(record["n_objects"] for record in records)
    if labels.ndim > 2:
        summary["planes"] = len(records)
        summary["index"] = list(order.index) if order.index is not None else None
        summary["linked"] = order.link
    if order.input.region is not None:
        summary["region"] = [[s.start, s.stop] for s in order.input.region]
    return summary
