"""The one way in for files that a person or a data set names: regular files, of a known size."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ..errors import InputError

# A pipe that nobody writes to would wait for ever at opening, a terminal at reading.
_FLAGS = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


@contextmanager
def open_input(path: Path | str) -> Iterator[BinaryIO]:
    """Open a file for reading, never waiting for anyone.

    Links are followed; what counts is what they lead to. Pipes, sockets, devices and folders are
    refused before they are opened, and once more by what was opened. So are files of no size:
    they hold nothing, or are the system's own, such as ``/proc/kmsg``, that deliver without end.

    Parameters
    ----------
    path
        File to read.

    Yields
    ------
    BinaryIO
        Seekable; `size_of` tells its size.

    Raises
    ------
    InputError
        If it doesn't exist, can't be opened, isn't a regular file, or is empty.
    """
    path = Path(path)
    with _open(path) as file:
        # The name may lead elsewhere since.
        _check(path, os.fstat(file.fileno()))
        yield file


def _open(path: Path) -> BinaryIO:
    try:
        _check(path, path.stat())
        return open(path, "rb", opener=lambda name, flags: os.open(name, flags | _FLAGS))
    except InputError:
        raise
    except OSError as error:
        raise InputError(_explain(error, path)) from error
    except ValueError as error:
        raise InputError(f"{str(path)!r} can't be the name of a file.") from error


def size_of(file: BinaryIO) -> int:
    """Return the size in bytes of an open file, whatever was read of it."""
    return os.fstat(file.fileno()).st_size


def _check(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = next((name for is_kind, name in _KINDS if is_kind(status.st_mode)), "no file")
        raise InputError(f"{path} is {kind}: an ordinary file is needed.")
    if not status.st_size:
        raise InputError(f"{path} can't be read: it is empty.")


def _explain(error: OSError, path: Path) -> str:
    if isinstance(error, PermissionError):
        return f"No permission to read {path}."
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return f"There is no file or folder {path}."
    return f"{path} can't be opened: {error.strerror or error}."
