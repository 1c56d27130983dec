"""Method, checkpoint and image by name: the one way that the GUI and the command line share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..checkpoints import Checkpoint, get_checkpoint, resolve
from ..data import Instances, Role
from ..data.kind import Kind
from ..data.source import Source
from ..errors import Cancelled, CheckpointError, InputError
from ..methods.base import Method
from ..methods.parameters import build
from ..methods.preparation import trained_with
from ..methods.proposal import fitting, mismatch, wanting
from ..methods.registry import get_method
from .client import Engine
from .environments import python_of
from .job import Job, Progress
from .provenance import provenance


@dataclass(frozen=True, eq=False)
class Segmentation:
    """What `segment` found, and the record of how."""

    instances: Instances
    provenance: dict[str, Any]


def default_checkpoint(
    method: Method[Any], roles: tuple[Role, ...], kind: Kind | None = None
) -> Checkpoint | None:
    """Return the bundled checkpoint that suits the image best; None if none does.

    Parameters
    ----------
    method
        One that needs a checkpoint.
    roles, kind
        What the channels, and the image, show; None where only the roles are known.
    """
    bundled = [c for c in fitting(method, roles, kind) if c.source == "bundled"]
    return max(bundled, key=lambda c: c.channels[:1] == roles[:1], default=None)


def segment(
    engine: Engine,
    source: Source,
    roles: tuple[Role, ...],
    method: str,
    checkpoint: Checkpoint | str | None = None,
    parameters: Mapping[str, Any] | None = None,
    device: str = "auto",
    image: str = "",
    progress: Callable[[Progress], None] = lambda _: None,
    cancel: threading.Event | None = None,
    python: Path | None = None,
    kind: Kind | None = None,
    notes: Sequence[str] = (),
) -> Segmentation:
    """Segment an image with a method and a checkpoint; blocks.

    Parameters
    ----------
    engine
        Where to run.
    source, roles
        The image, and what its channels show.
    method
        Key of the method.
    checkpoint
        A checkpoint, its key, or a path; None for the bundled one that fits.
    parameters
        Values by name.
    device
        "auto", "cpu", "cuda", "cuda:1", "mps".
    image
        Name of the image, for the record.
    progress, cancel
        As in `Engine.run`; a download reports its progress too.
    kind
        What the image shows: the default checkpoint follows from it, and a method or a checkpoint
        that isn't made for it gets a note. None: the roles alone count.
    notes
        Of the input, for the record.
    python
        Interpreter to run in; None for the one that the user set for the method, else this one.

    Raises
    ------
    InputError, CheckpointError, EngineError, Cancelled
        See `Engine.run`.
    """
    chosen = get_method(method)
    build(chosen.parameters, parameters or {})
    known = choose_checkpoint(chosen, checkpoint, roles, kind)
    path = None
    if known is not None:

        def downloading(done: int, total: int) -> None:
            if cancel is not None and cancel.is_set():
                raise Cancelled("The download was stopped; the next run goes on with it.")
            text = f"Downloading {known.title}" + (f" ({done / total:.0%})" if total else "")
            progress(Progress(0.0, text))

        path = resolve(known, downloading)
    python = python or python_of(chosen.key)
    values = trained_with(chosen, known, parameters or {})
    job = Job(chosen.key, roles, path, values, device, python)
    result = engine.run(source, job, progress, cancel)
    target = known.target if known is not None else chosen.targets[0]
    record = provenance(chosen, known, target, job, result, image)
    if kind is not None:
        record["kind"] = kind.name
    warning = mismatch(chosen, known, roles, kind, parameters)
    told = (*notes, *record["notes"], *([warning] if warning else []))
    record["notes"] = list(dict.fromkeys(told))
    return Segmentation(result.instances, record)


def choose_checkpoint(
    method: Method[Any],
    asked: Checkpoint | str | None,
    roles: tuple[Role, ...],
    kind: Kind | None = None,
) -> Checkpoint | None:
    """Return the checkpoint that `segment` runs a method with; None for a method without.

    Raises
    ------
    InputError, CheckpointError
        If none was asked for and no bundled one suits the image, or it isn't one of the method's.
    """
    if not method.needs_checkpoint:
        if asked is not None:
            raise InputError(f"{method.title} takes no checkpoint: leave it out.")
        return None
    if isinstance(asked, str):
        asked = get_checkpoint(asked, method.key)
    asked = asked or default_checkpoint(method, roles, kind)
    if asked is None:
        raise InputError(wanting(method, roles, kind))
    if asked.method != method.key:
        raise CheckpointError(f"{asked.key} is a checkpoint of {asked.method}, not {method.key}.")
    return asked
