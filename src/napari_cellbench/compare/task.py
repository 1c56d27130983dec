"""An entry with all that its result follows from looked up, without a worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ..checkpoints import Checkpoint, location, sha256_of
from ..data import Role
from ..engine import Segmentation
from ..engine.environments import how_to_install, missing, python_of
from ..engine.requirements import versions_of
from ..engine.segmentation import choose_checkpoint
from ..errors import InputError
from ..methods.base import Method
from ..methods.parameters import build
from ..methods.registry import get_method
from .entry import Entry
from .keys import device_kind, result_key

VersionsOf = Callable[[Method[Any], Path | None], dict[str, str]]


@dataclass(frozen=True, eq=False)
class Task:
    """What is to be run.

    Attributes
    ----------
    entry
        As the user has it.
    method, checkpoint
        Found by their names.
    roles
        What each channel of the image shows.
    parameters
        All of them, with the defaults filled in.
    sha256
        Of the checkpoint; empty for a method without, None where it is known only after the first
        download.
    python
        Interpreter of another environment; None for the running one.
    versions
        Of Python and the packages there.
    """

    entry: Entry
    method: Method[Any]
    checkpoint: Checkpoint | None
    roles: tuple[Role, ...]
    parameters: Mapping[str, Any]
    sha256: str | None
    python: Path | None
    versions: Mapping[str, str]

    @property
    def model(self) -> tuple[str, str, str, Path | None]:
        """What a worker that runs it has in memory: method, checkpoint, device, interpreter."""
        checkpoint = self.checkpoint.key if self.checkpoint else ""
        return self.method.key, checkpoint, self.entry.device, self.python

    @property
    def memory_key(self) -> str:
        """What the memory that it takes depends on, beside the image and the parameters."""
        return " ".join((self.method.key, self.sha256 or "", self._device))

    @property
    def _device(self) -> str:
        return device_kind(self.method, self.entry.device)

    def key(self, image: str) -> str | None:
        """Return the key of its result for the image of a digest; None where it can't be known."""
        return None if self.sha256 is None else self._key(image, self.sha256, self.versions)

    def key_of(self, image: str, result: Segmentation) -> str:
        """Return the key of a result that a worker gave, by what the worker told."""
        record = result.provenance
        return self._key(image, record["checkpoint_sha256"] or "", record["versions"])

    def _key(self, image: str, sha256: str, versions: Mapping[str, str]) -> str:
        return result_key(
            image, self.roles, self.method.key, sha256, self.parameters, self._device, versions
        )

    def adopt(self, result: Segmentation, image: str) -> Segmentation:
        """Return a cached result with the names of now, which its key does not cover."""
        names: dict[str, Any] = {"image": image}
        if self.checkpoint is not None:
            names |= {"checkpoint": self.checkpoint.key, "target": self.checkpoint.target}
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
    method = get_method(entry.method)
    parameters = asdict(build(method.parameters, entry.parameters))
    checkpoint = choose_checkpoint(method, entry.checkpoint, roles)
    if lacking := missing(method):
        raise InputError(
            f"{method.title} needs {', '.join(lacking)}: run  {how_to_install(method)}"
        )
    python = python_of(method.key)
    versions = ask_versions(method, python)
    digest = _digest(checkpoint)
    return Task(entry, method, checkpoint, roles, parameters, digest, python, versions)


def _digest(checkpoint: Checkpoint | None) -> str | None:
    """Return the SHA-256 by which a file is verified or, of any other file, what it is now."""
    if checkpoint is None:
        return ""
    if checkpoint.sha256:
        return checkpoint.sha256
    path = location(checkpoint)
    return sha256_of(path) if path.exists() else None
