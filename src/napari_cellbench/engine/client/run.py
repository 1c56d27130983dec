"""One run of a method on an image: tile by tile through shared memory, and together again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...data import Instances
from ...data.instances import RLE
from ...data.margins import Margins
from ...data.source import Source
from ...data.statistics import Histogram
from ...errors import CellbenchError, InputError, sentence
from ...methods.base import Tiling
from ..examination import examination
from ..job import Job, Progress, Result
from ..waiting import wait_for
from .memory import SharedBuffer
from .process import WorkerProcess
from .stitching import Stitcher
from .tiling import Tile, cut

T = TypeVar("T")


@dataclass(eq=False)
class Run:
    """A run; see `Engine.run`.

    Attributes
    ----------
    process
        Where the method runs.
    source, job
        On what, and what.
    progress, cancel
        As in `Engine.run`.
    """

    process: WorkerProcess
    source: Source
    job: Job
    progress: Callable[[Progress], None]
    cancel: threading.Event

    def result(self) -> Result:
        """Run it; blocks."""
        source, job = self.source, self.job
        self.progress(Progress(0.0, "Loading the model"))
        load = {
            "method": job.method,
            "checkpoint": str(job.checkpoint or ""),
            "device": job.device,
            "parameters": dict(job.parameters),
            "is_guest": job.python is not None,
            "examine": _examine(job),
        }
        loaded = self.process.call("load", load, self.cancel)
        started = time.perf_counter()
        tiling = Tiling(loaded["tile_size"], loaded["tile_overlap"])
        tiles = cut(source.shape, tiling)
        margins = self._read(source.margins)
        if len(tiles) > 1 or margins is not None:
            self._send_statistics(tiles, margins)
        stitcher = Stitcher(source.shape) if len(tiles) > 1 else None
        found: Instances | None = None
        answer: dict[str, Any] = {}
        for tile, found, answer in self._predict(tiles, margins):  # noqa: B007 (the last counts)
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
            tiling,
            self.process.peak_memory,
            answer["gpu_memory"],
            () if margins is None else (margins.note(),),
            None if seen is None else examination(seen, tiling.size, tiling.overlap),
        )

    def _send_statistics(self, tiles: list[Tile], margins: Margins | None) -> None:
        source = self.source

        def cores() -> Iterator[NDArray[Any]]:
            for i, tile in enumerate(tiles):
                text = f"Measuring intensities, tile {i + 1} of {len(tiles)}"
                self.progress(Progress(0.0, text))
                yield self._read(partial(source.signal, tile.core, margins))

        histogram = Histogram.gather(cores(), source.shape[0] * source.shape[1])
        lengths = [len(values) for values in histogram.values]
        with (
            SharedBuffer(np.dtype(np.float64), sum(lengths)) as values,
            SharedBuffer(np.dtype(np.int64), sum(lengths)) as counts,
        ):
            np.concatenate(histogram.values, out=values.view((sum(lengths),)))
            np.concatenate(histogram.counts, out=counts.view((sum(lengths),)))
            shared = {"values": values.shared, "counts": counts.shared, "lengths": lengths}
            self.process.call("statistics", shared, self.cancel)

    def _predict(
        self, tiles: list[Tile], margins: Margins | None
    ) -> Iterator[tuple[Tile, Instances, dict[str, Any]]]:
        """Segment tile by tile; the last item is the worker's answer."""
        source, job = self.source, self.job
        channels, total = len(source.planes), len(tiles)
        pixels = max(_height(tile) * _width(tile) for tile in tiles)
        with (
            SharedBuffer(source.dtype, channels * pixels) as image,
            SharedBuffer(np.dtype(np.int32), pixels) as labels,
        ):
            for i, tile in enumerate(tiles):
                shape = (channels, _height(tile), _width(tile))
                image.view(shape)[:] = self._read(partial(source.read, tile.region, margins))
                message = f"Segmenting, tile {i + 1} of {total}" if total > 1 else "Segmenting"

                def report(current: int, maximum: int, i: int = i, text: str = message) -> None:
                    self.progress(Progress((i + current / max(1, maximum)) / total, text))

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
                answer = self.process.call("predict", arguments, self.cancel, report)
                yield tile, _instances(answer, labels, shape[1:]), answer
        self.progress(Progress(1.0, "Done"))

    def _read(self, read: Callable[[], T]) -> T:
        """Read a source that is computed, fetched or on a slow disk perhaps.

        Raises
        ------
        Cancelled
            If `cancel` was set.
        InputError
            If it can't be read, whatever the reason.
        """
        try:
            return read() if self.source.in_memory else wait_for(read, self.cancel)
        except (CellbenchError, MemoryError):
            raise
        except Exception as error:
            raise InputError(sentence(error, "The image can't be read")) from error


def _examine(job: Job) -> dict[str, Any] | None:
    return None if job.examine is None else job.examine.to_dict()


def _instances(answer: dict[str, Any], labels: SharedBuffer, shape: tuple[int, int]) -> Instances:
    masks = answer.get("masks")
    if masks is None:
        return Instances.from_labels(labels.view(shape).copy(), answer["scores"])
    encoded = [RLE(size=list(shape), counts=counts.encode()) for counts in masks]
    return Instances.from_masks(encoded, shape, answer["scores"])


def _height(tile: Tile) -> int:
    ys, _ = tile.region
    return int(ys.stop - ys.start)


def _width(tile: Tile) -> int:
    _, xs = tile.region
    return int(xs.stop - xs.start)
