"""An entry with all that its result follows from looked up, without a worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..checkpoints import Checkpoint, location, sha256_of
from ..data import Role
from ..engine import Entry, Segmentation, Setup
from ..engine.environments import how_to_install, missing
from ..engine.environments.requirements import versions_of
from ..errors import InputError
from ..methods.base import Method
from .keys import device_kind, result_key

VersionsOf = Callable[[Method[Any], Path | None], dict[str, str]]


@dataclass(frozen=True, eq=False)
class Task:
    """What is to be run.

    Attributes
    ----------
    entry
        As the user has it.
    setup
        What it names.
    roles
        What each channel of the image shows.
    sha256
        Of the checkpoint; empty for a method without, None where it is known only after the first
        download.
    versions
        Of Python and the packages where it runs.
    """

    entry: Entry
    setup: Setup
    roles: tuple[Role, ...]
    sha256: str | None
    versions: Mapping[str, str]

    @property
    def model(self) -> tuple[str, str, str, Path | None]:
        """What a worker that runs it has in memory: method, checkpoint, device, interpreter."""
        of = self.setup
        return of.method.key, of.checkpoint.key if of.checkpoint else "", of.device, of.python

    @property
    def memory_key(self) -> str:
        """What the memory that it takes depends on, beside the image and the parameters."""
        return " ".join((self.setup.method.key, self.sha256 or "", self._device))

    @property
    def _device(self) -> str:
        return device_kind(self.setup.method, self.setup.device)

    def key(self, image: str) -> str | None:
        """Return the key of its result for the image of a digest; None where it can't be known."""
        return None if self.sha256 is None else self._key(image, self.sha256, self.versions)

    def key_of(self, image: str, result: Segmentation) -> str:
        """Return the key of a result that a worker gave, by what the worker told."""
        record = result.provenance
        return self._key(image, record["checkpoint_sha256"] or "", record["versions"])

    def _key(self, image: str, sha256: str, versions: Mapping[str, str]) -> str:
        of = self.setup
        return result_key(
            image, self.roles, of.method.key, sha256, of.parameters, self._device, versions
        )

    def adopt(self, result: Segmentation, image: str) -> Segmentation:
        """Return a cached result with the names of now, which its key does not cover."""
        names: dict[str, Any] = {"image": image}
        if (checkpoint := self.setup.checkpoint) is not None:
            names |= {"checkpoint": checkpoint.key, "target": checkpoint.target}
        return replace(result, provenance=result.provenance | names)


def task_of(entry: Entry, roles: tuple[Role, ...], ask_versions: VersionsOf = versions_of) -> Task:
    """Look up what an entry names.

    Parameters
    ----------
    entry, roles
        What to run, and what the channels show.
    ask_versions
        `versions_of`, or one that remembers.

    Raises
    ------
    InputError, CheckpointError, EngineError
        If it can't be run as it is; the message says what to do.
    """
    setup = Setup.of(entry, roles)
    if lacking := missing(setup.method):
        raise InputError(
            f"{setup.method.title} needs {', '.join(lacking)}: run  {how_to_install(setup.method)}"
        )
    versions = ask_versions(setup.method, setup.python)
    return Task(entry, setup, roles, _digest(setup.checkpoint), versions)


def _digest(checkpoint: Checkpoint | None) -> str | None:
    """Return the SHA-256 by which a file is verified or, of any other file, what it is now."""
    if checkpoint is None:
        return ""
    if checkpoint.sha256:
        return checkpoint.sha256
    path = location(checkpoint)
    return sha256_of(path) if path.exists() else None
