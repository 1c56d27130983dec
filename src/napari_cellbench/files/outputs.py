"""Whether a file may be written: one answer for every command and every export.

No output takes the place of an input, whatever it is called, and none that of any other file unless
the person has agreed. It is asked before the work, and once more when the file is written.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ..errors import InputError
from .atomic import replacing, try_to_write
from .protected import brief, refuse_inputs

RESERVE = 2**20
"""Bytes that stay free on the disk beside what is to be written."""


def check_output(
    path: Path,
    *,
    endings: Sequence[str] = (),
    inputs: Iterable[Path | str] = (),
    overwrite: bool = False,
) -> None:
    """Tell before the work whether a file can and may be written.

    Parameters
    ----------
    path
        File to create.
    endings
        Those that its name may have, in small letters; none for any.
    inputs
        Files of this command, beside those that were read before.
    overwrite
        Whether the person agrees that another file goes. Inputs never go.

    Raises
    ------
    InputError
        If the name or the folder can't be, or another file is there.
    """
    _check_name(path, endings)
    refuse_inputs(path, inputs)
    _check_place(path, overwrite)
    _check_folder(Path(os.path.realpath(path)).parent)


def check_outputs(
    folder: Path, names: Iterable[str], *, inputs: Iterable[Path | str] = (), overwrite: bool
) -> None:
    """Tell before the work whether files can and may be written into a folder, made where missing.

    Parameters
    ----------
    folder
        Where they go.
    names
        Of the files, below the folder.
    inputs, overwrite
        See `check_output`.

    Raises
    ------
    InputError
        As `check_output`.
    """
    _check_name(folder, ())
    with _explained(folder):
        for place in (folder, *folder.parents):
            if place.exists():
                break
    _check_folder(place)
    given = tuple(inputs)
    for name in names:
        _check_name(folder / name, ())
        refuse_inputs(folder / name, given)
        _check_place(folder / name, overwrite)


def check_room(path: Path, size: int) -> None:
    """Raise an `InputError` if the disk of a file has no room for so many bytes."""
    folder = Path(os.path.realpath(path)).parent
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    with _explained(path):
        free = shutil.disk_usage(folder).free
    if free < size + RESERVE:
        raise InputError(
            f"{brief(path)} can't be written: the disk of {folder} has {free / 1e6:,.1f} MB left, "
            f"and {(size + RESERVE) / 1e6:,.1f} MB are needed. Free some space or choose another "
            "folder."
        )


@contextmanager
def exporting(path: Path, *, correction: bool = False) -> Iterator[BinaryIO]:
    """Open a file that a person named, as `replacing` does; it takes no input's place.

    Parameters
    ----------
    path
        File to create or replace.
    correction
        See `refuse_inputs`.

    Raises
    ------
    InputError
        If it is an input, a folder or no ordinary file, or can't be written.
    """
    _check_name(path, ())
    refuse_inputs(path, correction=correction)
    _check_place(path, overwrite=True)
    with replacing(path) as file:
        yield file


def export_text(path: Path, text: str) -> None:
    """Write a text that a person named a file for, as UTF-8.

    Halves of characters, which broken file names have, are written as escapes.
    """
    with exporting(path) as file:
        file.write(text.encode("utf-8", "backslashreplace"))


def _check_name(path: Path, endings: Sequence[str]) -> None:
    try:
        possible = b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        possible = False
    if not possible:
        raise InputError(
            f"{brief(path)} can't be written: this system can't store all letters of the name. "
            "Choose another."
        )
    with _explained(path):
        if endings and path.is_dir():
            raise InputError(f"{path} is a folder: name a file in it.")
    if endings and not path.name.lower().endswith(tuple(endings)):
        raise InputError(
            f"{brief(path)}: no format for this name. It must end in {', '.join(endings)}."
        )


def _check_place(path: Path, overwrite: bool) -> None:
    with _explained(path):
        try:
            mode = path.stat().st_mode
        except FileNotFoundError:
            return
    if stat.S_ISDIR(mode):
        raise InputError(f"{path} is a folder: name a file in it.")
    if not stat.S_ISREG(mode):
        raise InputError(f"{path} is no ordinary file: choose another name.")
    if not overwrite:
        raise InputError(
            f"{path} is there already: choose another name, or add --overwrite to replace it."
        )


def _check_folder(folder: Path) -> None:
    with _explained(folder):
        if not folder.exists():
            raise InputError(f"The folder {folder} does not exist: make it, or choose another.")
        if not folder.is_dir():
            raise InputError(f"{folder} is no folder: choose another place.")
        try_to_write(folder)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            reason = "there is no permission to write there"
        elif error.errno == errno.ENAMETOOLONG:
            reason = "the name is too long"
        else:
            reason = error.strerror or str(error)
        place = path if len(str(path)) <= 200 else brief(path)
        raise InputError(f"{place} can't be written: {reason}. Choose another place.") from error
