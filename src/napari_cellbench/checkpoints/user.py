"""The user's own checkpoints: files that were added, and what training runs left."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..data import Role, Target
from ..errors import CheckpointError
from ..files.atomic import replacing
from ..files.locking import locked
from ..files.places import config_dir
from .base import Checkpoint, Modality


def user_checkpoints() -> list[Checkpoint]:
    """Return the user's own in the order that they were added.

    A damaged list is reported as a warning: it must not take the others away.
    """
    try:
        return [_checkpoint(entry) for entry in _entries()]
    except CheckpointError as error:
        warnings.warn(str(error), stacklevel=2)
        return []


def add_user_checkpoint(
    path: Path,
    method: str,
    *,
    title: str = "",
    target: Target = "whole_cell",
    channels: tuple[Role, ...] = (),
    trained_on: str = "",
    modality: Modality | None = None,
    tissue: str = "",
) -> Checkpoint:
    """Remember a file or folder as a checkpoint of a method; what was added before is updated.

    Parameters
    ----------
    path
        The file, or the folder of a model. It is not copied.
    method
        Key of the method that loads it.
    title
        Name on screen; the file's if left out.
    target, channels, trained_on, modality, tissue
        See `Checkpoint`.

    Raises
    ------
    CheckpointError
        If there is no such file, or the list of the user's own is damaged.
    InputError
        If the list can't be written.
    """
    path = path.expanduser().resolve()
    if not path.exists():
        raise CheckpointError(f"There is no file {path}.")
    with _changing() as entries:
        known = [e for e in entries if (e["path"], e["method"]) == (str(path), method)]
        title = title or path.name
        key = known[0]["key"] if known else _new_key(title, entries)
        found = Checkpoint(
            key=key,
            method=method,
            title=title,
            source="user",
            target=target,
            channels=channels,
            trained_on=trained_on,
            path=path,
            modality=modality,
            tissue=tissue,
        )
        entry = asdict(found) | {"path": str(path)}
        if known:
            entries[entries.index(known[0])] = entry
        else:
            entries.append(entry)
    return _checkpoint(entry)


def forget_user_checkpoint(key: str) -> None:
    """Take a checkpoint off the list; the file stays.

    Raises
    ------
    CheckpointError
        If the list is damaged.
    InputError
        If it can't be written.
    """
    with _changing() as entries:
        entries[:] = [entry for entry in entries if entry["key"] != key]


@contextmanager
def _changing() -> Iterator[list[dict[str, Any]]]:
    """Read the list, and write it when the block ends well; one process at a time."""
    _file().parent.mkdir(parents=True, exist_ok=True)
    with locked(_file().with_suffix(".lock"), waiting=lambda: None):
        entries = list(_entries())
        yield entries
        with replacing(_file()) as part:
            part.write(json.dumps(entries, indent=1).encode())


def _file() -> Path:
    return config_dir() / "my_checkpoints.json"


def _entries() -> tuple[dict[str, Any], ...]:
    try:
        changed = _file().stat().st_mtime_ns
    except FileNotFoundError:
        return ()
    return _read(_file(), changed)


# The list is asked for far more often than it changes.
@lru_cache(maxsize=1)
def _read(file: Path, changed: int) -> tuple[dict[str, Any], ...]:
    try:
        entries = tuple(json.loads(file.read_text("utf-8")))
        for entry in entries:
            _checkpoint(entry)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise CheckpointError(
            f"The list of your checkpoints, {file}, is damaged ({error}): mend or delete it."
        ) from error
    return entries


def _checkpoint(entry: dict[str, Any]) -> Checkpoint:
    changed = {"path": Path(entry["path"]), "channels": tuple(entry["channels"])}
    return Checkpoint(**(entry | changed))


def _new_key(title: str, entries: list[dict[str, Any]]) -> str:
    base = "my-" + (re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "checkpoint")
    taken = {entry["key"] for entry in entries}
    number = 2
    key = base
    while key in taken:
        key = f"{base}-{number}"
        number += 1
    return key
