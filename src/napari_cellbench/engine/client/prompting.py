"""Pointing at cells: the side that asks. The network stays in a worker process of its own."""

from __future__ import annotations

import base64
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...checkpoints import resolve
from ...data.source import Source
from ...data.statistics import ExactStatistics, Quantiles
from ...errors import Cancelled, EngineError
from ...files.places import cache_root
from ...prompting.expectation import Expectation
from ...prompting.prompts import Prompt
from ...prompting.views import View
from ..job import Progress
from ..request import Setup
from ..waiting import wait_for
from .memory import SharedBuffer
from .process import GRACE, WorkerProcess

FOLDER = "embeddings"
"""In the cache."""


@dataclass(frozen=True)
class Looked:
    """A view that the network has seen; `PromptEngine.ask` takes it.

    Attributes
    ----------
    key
        Of its embedding.
    view
        Where it lies.
    """

    key: str
    view: View


@dataclass(frozen=True, eq=False)
class Offer:
    """A cell that a prompt may mean.

    Attributes
    ----------
    mask : (h, w) bool
        Cut to its box.
    offset
        Row and column of its first pixel in the image.
    iou
        That the network expects of it, 0 to 1.
    score
        By which offers are ranked.
    name
        By which it is corrected, as long as the worker remembers it.
    looked
        The view that it was found in.
    """

    mask: NDArray[np.bool_]
    offset: tuple[int, int]
    iou: float
    score: float
    name: str
    looked: Looked

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns of the image that `mask` covers."""
        (y, x), (h, w) = self.offset, self.mask.shape
        return slice(y, y + h), slice(x, x + w)


class Forgotten(EngineError):
    """The worker has this view no longer: look at it again."""


class PromptEngine:
    """Asks a promptable network about one image at a time; blocks, so a GUI calls it in a thread.

    It has a process of its own, beside the one that segments: pointing goes on while a run does.
    """

    def __init__(self) -> None:
        self._process: WorkerProcess | None = None
        self._quantiles: tuple[Source, Quantiles] | None = None

    @property
    def pid(self) -> int | None:
        """Id of the worker process; None while there is none."""
        return None if self._process is None else self._process.pid

    def open(
        self,
        setup: Setup,
        progress: Callable[[Progress], None],
        cancel: threading.Event,
    ) -> str:
        """Load a method's network; a checkpoint that isn't here yet is downloaded.

        Returns
        -------
        str
            The device that it runs on.

        Raises
        ------
        CheckpointError, InputError
            If the checkpoint can't be used, or the method can't be asked about single cells.
        EngineError, Cancelled
            See `WorkerProcess.call`.
        """
        assert setup.checkpoint is not None
        title = setup.checkpoint.title

        def downloading(done: int, total: int) -> None:
            share = f" ({done / total:.0%})" if total else ""
            progress(Progress(0.0, f"Downloading {title}{share}"))

        path = resolve(setup.checkpoint, downloading)
        progress(Progress(0.0, "Loading the model"))
        if self._process is None:
            self._process = WorkerProcess(setup.python)
        arguments = {
            "method": setup.method.key,
            "checkpoint": str(path),
            "device": setup.device,
        }
        answer = self._process.call("open", arguments, cancel)
        device: str = answer["device"]
        return device

    def look(
        self,
        source: Source,
        roles: tuple[str, ...],
        view: View,
        cancel: threading.Event,
        *,
        ahead: bool = False,
    ) -> Looked:
        """Show a view to the network: a second or so on a CPU, at once where it was seen before.

        Parameters
        ----------
        source
            The plane; only the view of it is read, where it isn't in memory.
        roles
            What each channel shows.
        view
            Rows and columns.
        cancel
            Set by another thread to stop.
        ahead
            Whether nobody waits for it: a worker that is slow to stop is waited for, not killed.
        """
        pixels = wait_for(lambda: source.read(view.slices), cancel)
        quantiles = self._quantiles_of(source, pixels)
        with SharedBuffer(pixels.dtype, pixels.size) as image:
            image.view(pixels.shape)[:] = pixels
            arguments = {
                "image": image.shared,
                "shape": list(pixels.shape),
                "place": [view.y, view.x, view.height, view.width],
                "image_shape": list(source.shape),
                "roles": list(roles),
                "quantiles": quantiles.table.tolist(),
                "folder": str(cache_root() / FOLDER),
            }
            grace = math.inf if ahead else GRACE
            answer = self._call("look", arguments, cancel, grace)
        return Looked(answer["key"], view)

    def survey(
        self, looked: Looked, row: int, cancel: threading.Event
    ) -> tuple[Expectation | None, bool]:
        """Learn a little more of the usual size of a cell; return it, and whether that was all.

        `row` counts up from 0; one that was cancelled can be asked for again.
        """
        answer = self._call("survey", {"key": looked.key, "row": row}, cancel, math.inf)
        told = answer["expectation"]
        return None if told is None else Expectation(*told), answer["is_last"]

    def ask(
        self,
        looked: Looked,
        prompt: Prompt,
        labels: NDArray[Any] | None,
        cancel: threading.Event,
        own: int = 0,
        expectation: Expectation | None = None,
        corrects: Offer | None = None,
        *,
        quick: bool = False,
    ) -> tuple[Offer, ...]:
        """Return what a prompt may mean, the likeliest first.

        Parameters
        ----------
        looked
            A view that holds the prompt.
        prompt
            What is pointed at, in pixels of the image.
        labels : (height, width) integer
            The cells that are there, of the view; None for none.
        cancel
            Set by another thread to stop.
        own
            Label of the cell that is being corrected.
        expectation
            The usual size of a cell.
        corrects
            The offer, of the same view, that the prompt's last point corrects.
        quick
            Whether the answer may be less good and come in half the time: the pointer moves on.

        Raises
        ------
        Forgotten
            If the worker has the view, or that offer, no longer.
        """
        arguments: dict[str, Any] = {
            "key": looked.key,
            "points": prompt.points.tolist(),
            "positive": prompt.positive.tolist(),
            "box": None if prompt.box is None else [float(at) for at in prompt.box],
            "labels": None,
            "shape": [],
            "own": own,
            "expectation": None
            if expectation is None
            else [expectation.log_area, expectation.spread, expectation.source],
            "corrects": None if corrects is None else corrects.name,
            "quick": quick,
        }
        if labels is None or not labels.any():
            return _offers(self._call("ask", arguments, cancel), looked)
        with SharedBuffer(np.dtype(np.int32), labels.size) as there:
            there.view(labels.shape)[:] = labels
            arguments |= {"labels": there.shared, "shape": list(labels.shape)}
            return _offers(self._call("ask", arguments, cancel), looked)

    def release(self) -> None:
        """End the worker process; its memory is free after this. `open` starts another."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()

    def _call(
        self,
        action: str,
        arguments: dict[str, Any],
        cancel: threading.Event,
        grace: float = GRACE,
    ) -> dict[str, Any]:
        process = self._process
        if process is None:
            raise Forgotten("The model is not loaded.")
        try:
            answer = process.call(action, arguments, cancel, grace=grace)
        except EngineError:
            if self._process is not process:
                raise Cancelled("The memory was released.") from None
            raise
        if answer.get("forgotten"):
            raise Forgotten("The view has to be looked at again.")
        return answer

    def _quantiles_of(self, source: Source, pixels: NDArray[Any]) -> Quantiles:
        """Return the whole plane's; those of the view where the plane isn't in memory."""
        if self._quantiles is not None and self._quantiles[0] is source:
            return self._quantiles[1]
        whole = slice(0, source.shape[0]), slice(0, source.shape[1])
        seen = source.read(whole) if source.in_memory else pixels
        quantiles = Quantiles.of(ExactStatistics(seen), len(seen))
        if source.in_memory:
            self._quantiles = source, quantiles
        return quantiles


def _offers(answer: dict[str, Any], looked: Looked) -> tuple[Offer, ...]:
    return tuple(_offer(looked, **one) for one in answer["answers"])


def _offer(
    looked: Looked,
    offset: list[int],
    shape: list[int],
    bits: str,
    iou: float,
    score: float,
    name: str,
) -> Offer:
    packed = np.frombuffer(base64.b64decode(bits), np.uint8)
    mask = np.unpackbits(packed, count=shape[0] * shape[1]).reshape(shape).astype(bool)
    return Offer(mask, (offset[0], offset[1]), iou, score, name, looked)
