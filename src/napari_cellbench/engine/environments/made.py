"""The environments that were made for methods: where they lie, and what is in them."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError
from ...files.places import cache_root
from ...files.schema import SchemaError, read_json, to_json, typed
from ...methods.environment import Environment

RECORD = "cellbench-environment.json"
"""What an environment was made of; it is in a folder only if all of it is."""
WORK = "in-work"
"""Folder beside the environments, where they are made until they are whole."""


@dataclass(frozen=True)
class Record:
    """What an environment was made of.

    Attributes
    ----------
    packages, pinned
        As the method asked for them; see `Environment`.
    python
        Version, such as "3.12.4".
    size
        Bytes on the disk. Files that it shares with uv's cache or other environments count too.
    seconds
        How long it took.
    """

    packages: tuple[str, ...]
    pinned: tuple[str, ...]
    python: str
    size: int
    seconds: float


def root() -> Path:
    """Return the folder of the environments."""
    return cache_root() / "environments"


def folder_of(method: str) -> Path:
    """Return the folder of a method's environment, whether it is there or not."""
    return root() / method


def python_in(folder: Path) -> Path | None:
    """Return the interpreter of an environment's folder; None if there is none."""
    for name in ("bin/python", "Scripts/python.exe", "python.exe"):
        if (folder / name).exists():
            return folder / name
    return None


def record_of(method: str) -> Record | None:
    """Return what the environment of a method was made of; None if there is no whole one."""
    folder = folder_of(method)
    if not (folder / RECORD).exists() or python_in(folder) is None:
        return None
    try:
        found: Record = typed(read_json(folder / RECORD), Record)
    except (SchemaError, InputError):
        return None
    return found


def python_made(method: str) -> Path | None:
    """Return the interpreter of the environment that was made for a method; None for none."""
    return python_in(folder_of(method)) if record_of(method) is not None else None


def is_as_asked(record: Record, environment: Environment) -> bool:
    """Tell whether an environment has the versions that its method asks for now."""
    return (record.packages, record.pinned) == (environment.packages, environment.pinned())


def write_record(folder: Path, record: Record) -> None:
    """Put the record into the folder of an environment that is complete."""
    (folder / RECORD).write_bytes(to_json(record))


def made() -> dict[str, Record]:
    """Return all environments that are there, by the key of their method."""
    found = {name: record_of(name) for name in sorted(names())}
    return {name: record for name, record in found.items() if record is not None}


def names() -> list[str]:
    """Return the keys of the methods that have a folder, whole or not."""
    with suppress(OSError):
        return [name for name in os.listdir(root()) if name != WORK]  # noqa: PTH208
    return []
