"""What is asked for: an image, and a method with its checkpoint and parameters.

Names and values are looked up and checked once, here; what comes after takes them as they are.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..checkpoints import Checkpoint, get_checkpoint
from ..data import Role, Target
from ..data.kind import Kind
from ..data.source import Source
from ..errors import InputError
from ..methods.base import Method
from ..methods.parameters import build
from ..methods.preparation import trained_with
from ..methods.proposal import fitting, mismatch, wanting
from ..methods.registry import get_method
from .environments import python_of


@dataclass(frozen=True)
class Entry:
    """One method as it is to be run, in names and values: what a person chooses and a file keeps.

    Attributes
    ----------
    method
        Key of a method.
    checkpoint
        Key of a checkpoint, or the path of a file; None for the bundled one that fits the image, or
        for a method without.
    parameters
        Values by name; what is left out keeps its default.
    device
        "auto", "cpu", "cuda", "cuda:1", "mps".
    name
        What the user calls it; empty for method and checkpoint.
    """

    method: str
    checkpoint: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    device: str = "auto"
    name: str = ""


@dataclass(frozen=True, eq=False)
class Setup:
    """What an `Entry` names, for images of a kind: found, and its values checked.

    Attributes
    ----------
    method
        It need not be installed here.
    checkpoint
        It may have to be downloaded yet; None for a method without.
    parameters
        All of them by name, with the defaults filled in.
    device
        As in `Entry`.
    python
        Interpreter of another environment to run in; None for the running one.
    """

    method: Method[Any]
    checkpoint: Checkpoint | None
    parameters: Mapping[str, Any]
    device: str
    python: Path | None

    @classmethod
    def of(
        cls,
        entry: Entry,
        roles: tuple[Role, ...],
        kind: Kind | None = None,
        python: Path | None = None,
    ) -> Setup:
        """Look up what an entry names.

        Parameters
        ----------
        entry
            What to run.
        roles, kind
            What the channels, and the image, show: a checkpoint that isn't named follows from it.
        python
            Interpreter to run in; None for the one that the user set for the method.

        Raises
        ------
        InputError, CheckpointError
            If there is no such method, checkpoint or parameter, a value is wrong, or nothing that
            is bundled suits the image.
        """
        method = get_method(entry.method)
        build(method.parameters, entry.parameters)
        checkpoint = choose_checkpoint(method, entry.checkpoint, roles, kind)
        values = trained_with(method, checkpoint, entry.parameters)
        parameters = asdict(build(method.parameters, values))
        return cls(method, checkpoint, parameters, entry.device, python or python_of(method.key))

    @property
    def target(self) -> Target:
        """What is outlined."""
        return self.checkpoint.target if self.checkpoint is not None else self.method.targets[0]


@dataclass(frozen=True, eq=False)
class Request:
    """An image, and what runs on it.

    Attributes
    ----------
    source
        The image, or a region of it.
    roles
        What each channel shows.
    setup
        What to run.
    image
        Name of the image, for the record.
    kind
        What the image shows; None where that isn't known: the roles alone count.
    notes
        Of the input, for the record.
    """

    source: Source
    roles: tuple[Role, ...]
    setup: Setup
    image: str = ""
    kind: Kind | None = None
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        source: Source,
        roles: tuple[Role, ...],
        entry: Entry,
        image: str = "",
        kind: Kind | None = None,
    ) -> Request:
        """Ask for an entry on an image; errors are those of `Setup.of`."""
        return cls(source, roles, Setup.of(entry, roles, kind), image, kind)

    def warning(self) -> str | None:
        """Say what isn't made for the image; None if all is well, or nobody knows."""
        of = self.setup
        return mismatch(of.method, of.checkpoint, self.roles, self.kind, of.parameters)


def key_of(checkpoint: Checkpoint | str | os.PathLike[str] | None) -> str | None:
    """Return what an `Entry` says for a checkpoint, its key or a file; None for none."""
    if checkpoint is None:
        return None
    return checkpoint.key if isinstance(checkpoint, Checkpoint) else os.fspath(checkpoint)


def default_checkpoint(
    method: Method[Any],
    roles: tuple[Role, ...],
    kind: Kind | None = None,
    target: Target | None = None,
) -> Checkpoint | None:
    """Return the bundled checkpoint that suits the image best; None if none does.

    Parameters
    ----------
    method
        One that needs a checkpoint.
    roles, kind
        What the channels, and the image, show; None where only the roles are known.
    target
        What is to be outlined; None for anything.
    """
    bundled = [c for c in fitting(method, roles, kind, target) if c.source == "bundled"]
    return max(bundled, key=lambda c: c.channels[:1] == roles[:1], default=None)


def choose_checkpoint(
    method: Method[Any],
    asked: str | None,
    roles: tuple[Role, ...],
    kind: Kind | None = None,
) -> Checkpoint | None:
    """Return the checkpoint that a method runs with; None for a method without.

    Raises
    ------
    InputError, CheckpointError
        If none was asked for and no bundled one suits the image, or it isn't one of the method's.
    """
    if not method.needs_checkpoint:
        if asked is not None:
            raise InputError(f"{method.title} takes no checkpoint: leave it out.")
        return None
    if asked is not None:
        return get_checkpoint(asked, method.key)
    found = default_checkpoint(method, roles, kind)
    if found is None:
        raise InputError(wanting(method, roles, kind))
    return found
