"""Files and folders that are written whole or not at all."""

from __future__ import annotations

import atexit
import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ..errors import InputError

_unfinished: set[Path] = set()
"""Temporary files of this process that are not yet gone."""


@atexit.register
def remove_unfinished() -> None:
    """Remove what is left where a signal struck in the middle of cleaning up."""
    for temporary in tuple(_unfinished):
        _remove(temporary)


@contextmanager
def replacing(path: Path | str, *, follow: bool = True) -> Iterator[BinaryIO]:
    """Open a file that takes the place of `path` only once it is complete and on the disk.

    The bytes go to a temporary file in the same folder. If anything fails, that file is removed
    and whatever was at `path` stays as it was.

    Parameters
    ----------
    path
        File to create or replace.
    follow
        Whether a symbolic link stays a link and its target is replaced, as a person who made it
        wants it; else the link itself is replaced.

    Yields
    ------
    BinaryIO
        Open for writing and reading, seekable.

    Raises
    ------
    InputError
        If the disk is full, or the folder is missing or not writable.
    """
    path = Path(path)
    target = Path(os.path.realpath(path if follow else path.parent))
    target = target if follow else target / path.name
    # Made with the mode of any new file, unlike the private files of `tempfile`.
    temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
    _unfinished.add(temporary)
    try:
        try:
            with temporary.open("x+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            # Where there is no file yet, or another process has just deleted it.
            with suppress(FileNotFoundError):
                shutil.copymode(target, temporary, follow_symlinks=follow)
            temporary.replace(target)
        finally:
            _remove(temporary)
    except OSError as error:
        raise InputError(_explain(error, path)) from error


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Say what is wrong where a file can't be written in the block.

    Raises
    ------
    InputError
        In place of any `OSError`: the disk is full, or the folder is missing or not writable.
    """
    try:
        yield
    except OSError as error:
        raise InputError(_explain(error, path)) from error


@contextmanager
def replacing_folder(path: Path, *, beside: Path | None = None) -> Iterator[Path]:
    """Make a folder that takes the place of `path` only once it is complete.

    If anything fails, it is removed and whatever was at `path` stays as it was.

    Parameters
    ----------
    path
        Folder to create or replace.
    beside
        Folder on the same disk to make it in until then; by default the one that `path` is in.

    Yields
    ------
    Path
        The folder, empty and under another name.

    Raises
    ------
    InputError
        If the disk is full, or the folder it goes to is missing or not writable.
    """
    place = Path(os.path.realpath(beside if beside is not None else path.parent))
    temporary, old = (place / f".{secrets.token_hex(8)}.tmp" for _ in range(2))
    _unfinished.add(temporary)
    try:
        try:
            temporary.mkdir()
            yield temporary
            try:
                with suppress(FileNotFoundError):
                    path.rename(old)
                temporary.rename(path)
            except BaseException:
                # Whatever strikes in between: what was there comes back, and is never removed.
                with suppress(FileNotFoundError):
                    old.rename(path)
                raise
            _remove(old)
        finally:
            _remove(temporary)
    except OSError as error:
        raise InputError(_explain(error, path)) from error


def try_to_write(folder: Path) -> None:
    """Make an empty file in a folder and remove it.

    Raises
    ------
    OSError
        If that can't be done.
    """
    temporary = folder / f".{secrets.token_hex(8)}.tmp"
    _unfinished.add(temporary)
    try:
        temporary.touch(exist_ok=False)
    finally:
        _remove(temporary)


def _remove(temporary: Path) -> None:
    with suppress(OSError):
        if temporary.is_dir():
            shutil.rmtree(temporary)
        temporary.unlink(missing_ok=True)
    _unfinished.discard(temporary)


def _explain(error: OSError, path: Path) -> str:
    folder = path.parent
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return (
            f"{path.name} was not written: the disk of {folder} is full. "
            "Free some space or choose another folder."
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{path.name} was not written: no permission in {folder}. Choose another folder."
    if error.errno == errno.ENOENT:
        return f"{path.name} was not written: the folder {folder} does not exist."
    return f"{path} was not written: {error.strerror or error}."
