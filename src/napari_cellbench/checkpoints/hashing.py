"""The SHA-256 of weights, for provenance and for verification."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from ..errors import CheckpointError

_CHUNK = 2**22


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file or of a folder, in lower-case hexadecimal.

    A file is read again only after its size or time has changed. A folder's hash is that of the
    list of its files: lines of name, zero byte and SHA-256, in the order of the names.

    Raises
    ------
    CheckpointError
        If it can't be read.
    """
    try:
        if path.is_dir():
            files = sorted(file for file in path.rglob("*") if file.is_file())
            lines = [f"{f.relative_to(path).as_posix()}\0{sha256_of(f)}\n" for f in files]
            return hashlib.sha256("".join(lines).encode()).hexdigest()
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise CheckpointError(f"{path} is no ordinary file (a pipe or a device).")
        if not status.st_size:
            # Some of the system's own files have no size and no end.
            return hashlib.sha256().hexdigest()
        return _sha256(path, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise CheckpointError(f"{path} can't be read: {error.strerror or error}.") from error


@lru_cache(maxsize=64)
def _sha256(path: Path, size: int, time: int) -> str:
    return digest(path, lambda: None)


def digest(path: Path, tick: Callable[[], None]) -> str:
    """Read a file for its SHA-256; `tick` is called several times a second and may raise."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
            tick()
    return found.hexdigest()
