"""Which method and checkpoint run on an image: those that were asked for, or what suits it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..checkpoints import Checkpoint
from ..data import Sample
from ..data.source import Source
from ..errors import InputError
from ..methods.base import Method
from ..methods.parameters import build
from ..methods.proposal import propose
from ..methods.recognition import owner_of
from ..methods.registry import get_method
from .environments import missing
from .request import Entry, Request, Setup, choose_checkpoint


@dataclass(frozen=True)
class Choice:
    """What to run.

    Attributes
    ----------
    entry
        Method, checkpoint, parameters and device.
    reason
        Why these are proposed; empty where they were asked for.
    """

    entry: Entry
    reason: str = ""


def choose(
    sample: Sample,
    method: str | None = None,
    checkpoint: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    device: str = "auto",
) -> Choice:
    """Choose what wasn't asked for by what the image shows.

    Parameters
    ----------
    sample
        The image.
    method, checkpoint, parameters, device
        What was asked for; a checkpoint tells its method.

    Raises
    ------
    InputError
        If nothing suits the image, or what it shows isn't known.
    NotInstalled
        If what suits it isn't installed.
    CheckpointError
        If there is no such checkpoint.
    """
    values = dict(parameters or {})
    if method is not None:
        return Choice(Entry(method, checkpoint, values, device))
    if checkpoint is not None:
        return Choice(Entry(owner_of(checkpoint), checkpoint, values, device))
    if sample.kind is None:
        raise InputError("Name a method: what the image shows isn't known.")
    found = propose(sample.kind, sample.roles, missing)
    entry = Entry(found.method, found.checkpoint, {**found.parameters, **values}, device)
    return Choice(entry, found.reason)


def request_for(
    sample: Sample,
    method: str | None = None,
    checkpoint: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    device: str = "auto",
    python: Path | None = None,
) -> Request:
    """Return what is to be run on an image, whole and checked; its notes say what was guessed.

    Parameters
    ----------
    sample
        The image.
    method, checkpoint, parameters, device
        What was asked for; see `choose`.
    python
        Interpreter of another environment to run in; None for the method's own.

    Raises
    ------
    InputError, CheckpointError, NotInstalled
        If a name or a value can't be used, or nothing suits the image.
    """
    choice = choose(sample, method, checkpoint, parameters, device)
    setup = Setup.of(choice.entry, sample.roles, sample.kind, python)
    notes = (*sample.notes, *([choice.reason] if choice.reason else []))
    source = Source.of(sample.image)
    return Request(source, sample.roles, setup, sample.name, sample.kind, notes)


def check_names(
    method: str | None, checkpoint: str | None, parameters: Mapping[str, Any]
) -> tuple[Method[Any] | None, Checkpoint | None]:
    """Return what names stand for, before there is an image; None for what follows from it.

    Raises
    ------
    InputError, CheckpointError
        If there is no such method, checkpoint or parameter, or a value is wrong.
    """
    if method is None:
        if checkpoint is None:
            return None, None
        method = owner_of(checkpoint)
    chosen = get_method(method)
    build(chosen.parameters, parameters)
    return chosen, choose_checkpoint(chosen, checkpoint, ()) if checkpoint else None
