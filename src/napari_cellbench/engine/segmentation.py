"""From a request to objects and the record of how; GUI, Python and command line all come here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..checkpoints import resolve
from ..data import Instances
from ..errors import Cancelled
from .client.engine import Engine
from .job import Job, Progress
from .provenance import provenance
from .request import Request


@dataclass(frozen=True, eq=False)
class Segmentation:
    """What `segment` found, and the record of how."""

    instances: Instances
    provenance: dict[str, Any]


def segment(
    engine: Engine,
    request: Request,
    progress: Callable[[Progress], None] = lambda _: None,
    cancel: threading.Event | None = None,
) -> Segmentation:
    """Segment an image with a method and a checkpoint; blocks.

    Parameters
    ----------
    engine
        Where to run.
    request
        The image, and what runs on it. A checkpoint that isn't here yet is downloaded. A method or
        checkpoint that isn't made for the image gets a note.
    progress, cancel
        As in `Engine.run`; a download reports its progress too.

    Raises
    ------
    InputError, CheckpointError, EngineError, Cancelled
        See `Engine.run`.
    """
    of, path = request.setup, None
    if (checkpoint := of.checkpoint) is not None:

        def downloading(done: int, total: int) -> None:
            if cancel is not None and cancel.is_set():
                raise Cancelled("The download was stopped; the next run goes on with it.")
            text = f"Downloading {checkpoint.title}" + (f" ({done / total:.0%})" if total else "")
            progress(Progress(0.0, text))

        path = resolve(checkpoint, downloading)
    job = Job(of.method.key, request.roles, path, of.parameters, of.device, of.python)
    result = engine.run(request.source, job, progress, cancel)
    return Segmentation(result.instances, provenance(request, result))
