"""Whether a file may be written: one answer for every command and every export.

No output takes the place of an input, whatever it is called, and none that of any other file unless
the person has agreed. It is asked before the work, and once more when the file is written.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ..errors import InputError
from .atomic import replacing, try_to_write

RESERVE = 2**20
"""Bytes that stay free on the disk beside what is to be written."""


class Inputs:
    """Files that this process has read for the person, found again in no time among many."""

    def __init__(self) -> None:
        self._labels: dict[str, bool] = {}
        self._by_number: dict[tuple[int, int], Path] = {}

    def add(self, path: Path, *, labels: bool) -> None:
        """Add a file; once it was read as anything else, it is no label image."""
        real = Path(os.path.realpath(path))
        name = _folded(real)
        self._labels[name] = labels and self._labels.get(name, True)
        self._by_number[_number(real)] = real

    def find(self, path: Path, *, correction: bool) -> Path | None:
        """Return the input that a path leads to; None if it leads to none that must stay."""
        found = None
        if _folded(path) in self._labels:
            found = path
        else:
            with suppress(OSError, ValueError):
                # Another file may have got the number of one that is gone.
                other = self._by_number.get(_number(path))
                if other is not None and other.samefile(path):
                    found = other
        if found is None or (correction and self._labels[_folded(found)]):
            return None
        return found


_inputs = Inputs()


def remember_input(path: Path | str, *, labels: bool = False) -> None:
    """Remember that a file was read for the person: no export of this process replaces it.

    Parameters
    ----------
    path
        The file.
    labels
        Whether it is a label image: its own corrections may be saved over it.
    """
    with suppress(OSError, ValueError):
        _inputs.add(Path(path), labels=labels)


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


def refuse_inputs(
    path: Path, inputs: Iterable[Path | str] = (), *, correction: bool = False
) -> None:
    """Raise an `InputError` if a file is one that was read, under whatever name.

    Parameters
    ----------
    path
        File to be written.
    inputs
        Beside those that were remembered.
    correction
        Whether these are label images that were read, corrected since: their own file may go.
    """
    named = (Path(one) for one in inputs if _same(path, one))
    found = next(named, None) or _inputs.find(path, correction=correction)
    if found is not None:
        raise InputError(
            f"{brief(path)} is not written: it would replace an input, {brief(found)}. Choose "
            "another name."
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


def brief(path: Path) -> str:
    """Return a file's name for a message, at most some 80 letters of it."""
    name = path.name or str(path)
    return name if len(name) <= 80 else f"{name[:60]}…{name[-16:]}"


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


def _same(one: Path | str, other: Path | str) -> bool:
    """Tell whether two names are those of one file, here or on a disk that ignores case."""
    with suppress(OSError, ValueError):
        if Path(one).samefile(other):
            return True
    return _folded(one) == _folded(other)


def _number(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def _folded(path: Path | str) -> str:
    try:
        path = os.path.realpath(path)
    except (OSError, ValueError):
        path = str(path)
    return unicodedata.normalize("NFC", path).casefold()
