"""The side of the engine that the GUI and the command line call."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...data import Instances
from ...data.instances import RLE
from ...data.margins import Margins
from ...data.source import Source
from ...data.statistics import Histogram
from ...errors import Cancelled, CellbenchError, EngineError, InputError, sentence
from ...methods.base import Tiling
from ..examination import examination
from ..job import Job, Progress, Result
from ..waiting import wait_for
from .memory import SharedBuffer
from .process import WorkerProcess
from .stitching import Stitcher
from .tiling import Tile, cut

T = TypeVar("T")

IDLE_SECONDS = 300.0
"""After this long without a run the worker process ends, and gives back its (GPU) memory."""


def _ignore(progress: Progress) -> None:
    """Take a report of progress that nobody asked for."""


class Engine:
    """Runs methods, one run at a time, in a worker process that keeps the last model loaded.

    Each interpreter that methods run in has a process of its own, beside the others. They end with
    the block where this is used as a context manager.

    Parameters
    ----------
    idle_seconds
        The processes end after this long without a run.
    """

    def __init__(self, idle_seconds: float = IDLE_SECONDS) -> None:
        self._processes: dict[Path | None, WorkerProcess] = {}
        self._idle_seconds = idle_seconds
        self._lock = threading.Lock()
        self._busy = False
        self._closed = False
        self._last_run = 0.0
        self._timer: threading.Timer | None = None

    @property
    def pid(self) -> int | None:
        """Id of the worker process that ran last of those that are there; None without any."""
        processes = reversed(list(self._processes.values()))
        return next((process.pid for process in processes if process.pid is not None), None)

    def run(
        self,
        source: Source,
        job: Job,
        progress: Callable[[Progress], None] = _ignore,
        cancel: threading.Event | None = None,
    ) -> Result:
        """Segment an image; blocks, so that a GUI calls it in a thread.

        Parameters
        ----------
        source
            The image; one that is larger than a tile is read tile by tile.
        job
            Method, weights, parameters and device.
        progress
            Called now and then in this thread.
        cancel
            Set by another thread to stop within a second.

        Raises
        ------
        Cancelled
            If `cancel` was set.
        InputError, CheckpointError
            If the image, a parameter or the checkpoint can't be used.
        EngineError
            If the method failed, the process ended, or a run is under way already.
        """
        # Held by the timer too: a run that comes while it ends the process waits for that.
        with self._lock:
            if self._closed:
                raise Cancelled("The program ends.")
            if self._busy:
                raise EngineError("A run is under way: wait for it or cancel it.")
            self._busy = True
        try:
            return self._run(source, job, progress, cancel or threading.Event())
        finally:
            with self._lock:
                self._busy = False
                self._last_run = time.monotonic()
                # One that waits already is enough: a new thread for each of many small images costs
                # more than anything else here.
                if self.pid is not None and self._timer is None:
                    self._look_again(self._idle_seconds)

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def release(self) -> None:
        """End the worker processes; a run under way fails. Their memory is free after this."""
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        self._kill()

    def close(self) -> None:
        """End the worker processes for good: the program ends."""
        self._closed = True
        self.release()

    def _look_again(self, seconds: float) -> None:
        timer = threading.Timer(seconds, self._end_if_idle)
        timer.name, timer.daemon = "cellbench-idle", True
        self._timer = timer
        timer.start()

    def _end_if_idle(self) -> None:
        with self._lock:
            if self._timer is not threading.current_thread():
                return
            self._timer = None
            # The end of a run that is under way starts another.
            if self._busy:
                return
            left = self._last_run + self._idle_seconds - time.monotonic()
            if left > 0:
                self._look_again(left)
            else:
                self._kill()

    def _kill(self) -> None:
        for process in list(self._processes.values()):
            process.kill()

    def _process_of(self, python: Path | None) -> WorkerProcess:
        """Return the process of an interpreter, and remember it as the last that ran."""
        process = self._processes.pop(python, None) or WorkerProcess(python)
        self._processes[python] = process
        return process

    def _run(
        self,
        source: Source,
        job: Job,
        progress: Callable[[Progress], None],
        cancel: threading.Event,
    ) -> Result:
        progress(Progress(0.0, "Loading the model"))
        load = {
            "method": job.method,
            "checkpoint": str(job.checkpoint or ""),
            "device": job.device,
            "parameters": dict(job.parameters),
            "is_guest": job.python is not None,
            "examine": _examine(job),
        }
        process = self._process_of(job.python)
        loaded = process.call("load", load, cancel)
        started = time.perf_counter()
        size, overlap = loaded["tile_size"], loaded["tile_overlap"]
        tiles = cut(source.shape, Tiling(size, overlap))
        margins = _read(source, source.margins, cancel)
        if len(tiles) > 1 or margins is not None:
            self._send_statistics(process, source, tiles, margins, progress, cancel)
        stitcher = Stitcher(source.shape) if len(tiles) > 1 else None
        found: Instances | None = None
        answer: dict[str, Any] = {}
        run = self._predict(process, source, job, tiles, margins, progress, cancel)
        for tile, found, answer in run:  # noqa: B007 (the last one counts)
            if stitcher is not None:
                stitcher.add(tile, found)
        if stitcher is not None:
            found = stitcher.result()
        assert found is not None
        seen = answer.get("examination")
        seconds = time.perf_counter() - started
        device, sha256, versions = (loaded[key] for key in ("device", "sha256", "versions"))
        return Result(
            found,
            device,
            sha256,
            versions,
            seconds,
            len(tiles),
            process.peak_memory,
            answer["gpu_memory"],
            () if margins is None else (margins.note(),),
            None if seen is None else examination(seen, size, overlap),
        )

    def _send_statistics(
        self,
        process: WorkerProcess,
        source: Source,
        tiles: list[Tile],
        margins: Margins | None,
        progress: Callable[[Progress], None],
        cancel: threading.Event,
    ) -> None:
        def cores() -> Iterator[NDArray[Any]]:
            for i, tile in enumerate(tiles):
                progress(Progress(0.0, f"Measuring intensities, tile {i + 1} of {len(tiles)}"))
                yield _read(source, partial(source.signal, tile.core, margins), cancel)

        histogram = Histogram.gather(cores(), source.shape[0] * source.shape[1])
        lengths = [len(values) for values in histogram.values]
        with (
            SharedBuffer(np.dtype(np.float64), sum(lengths)) as values,
            SharedBuffer(np.dtype(np.int64), sum(lengths)) as counts,
        ):
            np.concatenate(histogram.values, out=values.view((sum(lengths),)))
            np.concatenate(histogram.counts, out=counts.view((sum(lengths),)))
            shared = {"values": values.shared, "counts": counts.shared, "lengths": lengths}
            process.call("statistics", shared, cancel)

    def _predict(
        self,
        process: WorkerProcess,
        source: Source,
        job: Job,
        tiles: list[Tile],
        margins: Margins | None,
        progress: Callable[[Progress], None],
        cancel: threading.Event,
    ) -> Iterator[tuple[Tile, Instances, dict[str, Any]]]:
        """Segment tile by tile; the last item is the worker's answer."""
        channels, total = len(source.planes), len(tiles)
        pixels = max(_height(tile) * _width(tile) for tile in tiles)
        with (
            SharedBuffer(source.dtype, channels * pixels) as image,
            SharedBuffer(np.dtype(np.int32), pixels) as labels,
        ):
            for i, tile in enumerate(tiles):
                shape = (channels, _height(tile), _width(tile))
                read = partial(source.read, tile.region, margins)
                image.view(shape)[:] = _read(source, read, cancel)
                message = f"Segmenting, tile {i + 1} of {total}" if total > 1 else "Segmenting"

                def report(current: int, maximum: int, i: int = i, text: str = message) -> None:
                    progress(Progress((i + current / max(1, maximum)) / total, text))

                report(0, 1)
                arguments = {
                    "image": image.shared,
                    "shape": list(shape),
                    "labels": labels.shared,
                    "roles": list(job.roles),
                    "parameters": dict(job.parameters),
                    "is_whole": total == 1 and margins is None,
                    "examine": _examine(job),
                }
                answer = process.call("predict", arguments, cancel, report)
                yield tile, _instances(answer, labels, shape[1:]), answer
        progress(Progress(1.0, "Done"))


def _examine(job: Job) -> dict[str, Any] | None:
    return None if job.examine is None else job.examine.to_dict()


def _instances(answer: dict[str, Any], labels: SharedBuffer, shape: tuple[int, int]) -> Instances:
    masks = answer.get("masks")
    if masks is None:
        return Instances.from_labels(labels.view(shape).copy(), answer["scores"])
    encoded = [RLE(size=list(shape), counts=counts.encode()) for counts in masks]
    return Instances.from_masks(encoded, shape, answer["scores"])


def _read(source: Source, read: Callable[[], T], cancel: threading.Event) -> T:
    """Read a source that is computed, fetched or on a slow disk perhaps.

    Raises
    ------
    Cancelled
        If `cancel` was set.
    InputError
        If it can't be read, whatever the reason.
    """
    try:
        return read() if source.in_memory else wait_for(read, cancel)
    except (CellbenchError, MemoryError):
        raise
    except Exception as error:
        raise InputError(sentence(error, "The image can't be read")) from error


def _height(tile: Tile) -> int:
    ys, _ = tile.region
    return int(ys.stop - ys.start)


def _width(tile: Tile) -> int:
    _, xs = tile.region
    return int(xs.stop - xs.start)
