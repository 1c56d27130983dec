"""Entries as a file that can be kept and given to others."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from ..checkpoints import checkpoints
from ..engine import Entry
from ..errors import InputError
from ..files.outputs import export_text
from ..files.schema import SchemaError, read_json
from ..methods.parameters import build
from ..methods.registry import get_method

SCHEMA = "napari-cellbench preset"
VERSION = 1
_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d+)?")


def write_preset(path: Path, entries: Iterable[Entry]) -> None:
    """Write entries as JSON, whole or not at all.

    A checkpoint in the preset's own folder, or below it, is named relative to that folder, so that
    the folder can be given away as it is. Others are named by their key or path.

    Parameters
    ----------
    path
        File to create or replace.
    entries
        In their order.

    Raises
    ------
    InputError
        If an entry names a method or parameter that there isn't, or a value or device that can't
        be, or the file can't be written.
    """
    folder = path.absolute().parent
    export_text(path, preset_text([_beside(entry, folder) for entry in entries]))


def preset_text(entries: Iterable[Entry]) -> str:
    """Return what a preset file of these entries holds; checkpoints are named as they are.

    Raises
    ------
    InputError
        If an entry names a method or parameter that there isn't, or a value or device that can't
        be.
    """
    rows = [asdict(_checked(entry, i)) for i, entry in enumerate(entries)]
    return json.dumps({"schema": SCHEMA, "version": VERSION, "entries": rows}, indent=1)


def _beside(entry: Entry, folder: Path) -> Entry:
    """Name a checkpoint that lies in a folder relative to it."""
    checkpoint = Path(entry.checkpoint or "")
    if checkpoint.is_absolute() and checkpoint.is_relative_to(folder):
        return replace(entry, checkpoint=checkpoint.relative_to(folder).as_posix())
    return entry


def read_preset(path: Path) -> tuple[Entry, ...]:
    """Read the entries of a preset.

    Parameters
    ----------
    path
        File that `write_preset` wrote, or a person by hand: all but an entry's method may be left
        out.

    Returns
    -------
    tuple of Entry
        With parameters of the type that the method declares. Whether the checkpoints are there is
        not looked at: one that is missing must not keep the other entries from being run.

    Raises
    ------
    InputError
        If the file is no preset, or a newer one, or names something that there isn't.
    """
    try:
        preset = read_json(path)
    except SchemaError as error:
        raise InputError(f"{path.name} can't be read: {error}. Save the preset again.") from None
    if not isinstance(preset, dict) or preset.get("schema") != SCHEMA:
        raise InputError(
            f'{path.name} is no preset: it doesn\'t begin with "schema": "{SCHEMA}". Choose a file '
            "that the Compare widget saved."
        )
    version = preset.get("version")
    if version != VERSION:
        raise InputError(
            f"{path.name} is a preset of version {version}, and version {VERSION} is known here: "
            "update napari-cellbench, or save the preset again where it was made."
        )
    rows = preset.get("entries")
    if not isinstance(rows, list):
        raise InputError(f'{path.name} has no list "entries": save the preset again.')
    folder = path.absolute().parent
    try:
        return tuple(_entry(row, i, folder) for i, row in enumerate(rows))
    except InputError as error:
        raise InputError(f"{path.name}: {error}") from None


def _entry(row: Any, number: int, folder: Path) -> Entry:
    known = [field.name for field in fields(Entry)]
    if not isinstance(row, dict) or not isinstance(row.get("method"), str):
        raise InputError(f'entry {number + 1} has no "method": add it, or delete the entry.')
    if unknown := sorted(set(row) - set(known)):
        raise InputError(
            f"entry {number + 1} has an unknown key {unknown[0]!r}; there are: {', '.join(known)}."
        )
    entry = _checked(Entry(**row), number)
    return replace(entry, checkpoint=_found(entry.checkpoint, folder))


def _found(checkpoint: str | None, folder: Path) -> str | None:
    """Return the path of a checkpoint that lies with the preset; any other as it is named."""
    if checkpoint and checkpoint not in {known.key for known in checkpoints()}:
        # What can't be a path is told of when the entry is run.
        with suppress(OSError):
            if (folder / checkpoint).exists():
                return str(folder / checkpoint)
    return checkpoint


def _checked(entry: Entry, number: int) -> Entry:
    """Return an entry whose parameters have their types, or say what is wrong with it."""
    place = f"entry {number + 1}"
    try:
        method = get_method(entry.method)
    except InputError as error:
        raise InputError(
            f"{place}: {error} Install the package that has it, or delete the entry."
        ) from None
    values = entry.parameters
    if not isinstance(values, Mapping):
        raise InputError(f'{place}: "parameters" must be names with values, not {values!r}.')
    try:
        built = build(method.parameters, values)
    except InputError as error:
        raise InputError(f"{place} ({method.title}): {error}") from None
    if not (entry.checkpoint is None or isinstance(entry.checkpoint, str)):
        raise InputError(f"{place}: the checkpoint must be a text, not {entry.checkpoint!r}.")
    if not isinstance(entry.device, str) or not _DEVICE.fullmatch(entry.device):
        raise InputError(
            f"{place}: no device {entry.device!r}; there are: auto, cpu, cuda, cuda:1, mps."
        )
    if not isinstance(entry.name, str):
        raise InputError(f"{place}: the name must be a text, not {entry.name!r}.")
    typed = {name: getattr(built, name) for name in values}
    return Entry(method.key, entry.checkpoint, typed, entry.device, entry.name)
