"""The user's own checkpoints: files that were added, and what training runs left."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..data import Role, Target
from ..errors import CheckpointError
from ..files.own import OwnFile
from ..files.places import config_dir, expanded
from .base import Checkpoint, Modality

_LISTED: OwnFile[tuple[Checkpoint, ...]] = OwnFile(
    lambda: config_dir() / "my_checkpoints.json", tuple[Checkpoint, ...], ()
)


def user_checkpoints() -> list[Checkpoint]:
    """Return the user's own in the order that they were added.

    A damaged list is set aside with a warning: it must not take the others away.
    """
    return [replace(one, source="user") for one in _LISTED.read() if one.path is not None]


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
        If there is no such file.
    InputError
        If the list can't be written.
    """
    path = expanded(path).resolve()
    if not path.exists():
        raise CheckpointError(f"There is no file {path}.")
    found: list[Checkpoint] = []

    def change(entries: tuple[Checkpoint, ...]) -> tuple[Checkpoint, ...]:
        at = [i for i, one in enumerate(entries) if (one.path, one.method) == (path, method)]
        key = entries[at[0]].key if at else _new_key(title or path.name, entries)
        added = Checkpoint(
            key=key,
            method=method,
            title=title or path.name,
            source="user",
            target=target,
            channels=channels,
            trained_on=trained_on,
            path=path,
            modality=modality,
            tissue=tissue,
        )
        found.append(added)
        return (*entries[: at[0]], added, *entries[at[0] + 1 :]) if at else (*entries, added)

    _LISTED.update(change)
    return found[0]


def forget_user_checkpoint(key: str) -> None:
    """Take a checkpoint off the list; the file stays.

    Raises
    ------
    InputError
        If the list can't be written.
    """
    _LISTED.update(lambda entries: tuple(one for one in entries if one.key != key))


def forget_files_in(folder: Path) -> None:
    """Take checkpoints whose files lie in a folder off the list: the folder is removed.

    Raises
    ------
    InputError
        If the list can't be written.
    """
    folder = folder.resolve()
    if any(one.path is not None and folder in one.path.parents for one in _LISTED.read()):
        _LISTED.update(
            lambda entries: tuple(
                one for one in entries if one.path is None or folder not in one.path.parents
            )
        )


def _new_key(title: str, entries: Sequence[Checkpoint]) -> str:
    base = "my-" + (re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "checkpoint")
    taken = {one.key for one in entries}
    number = 2
    key = base
    while key in taken:
        key = f"{base}-{number}"
        number += 1
    return key
