"""Folders of what can be had again, kept within a limit."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

ABANDONED = 3600.0
"""Seconds after which an unfinished file is taken for that of a process that was killed."""


def note_use(path: Path) -> None:
    """Mark a file as used now: `trim` drops those first that were used longest ago."""
    with suppress(OSError):
        os.utime(path)


def trim(newest: Path, limit: int) -> None:
    """Drop what was used longest ago beside a new file, and what was never finished.

    Any number of threads and processes may do so at once.

    Parameters
    ----------
    newest
        The file that was written last. It stays; those with its suffix in its folder count.
    limit
        Bytes that they may take together.
    """
    files = sorted(_files(newest.parent, f"*{newest.suffix}"), key=lambda file: file[1].st_mtime)
    excess = sum(status.st_size for _, status in files) - limit
    dropped = []
    for path, status in files:
        if excess > 0 and path != newest:
            dropped.append(path)
            excess -= status.st_size
    now = time.time()
    unfinished = _files(newest.parent, ".*.tmp")
    dropped += [path for path, status in unfinished if now - status.st_mtime > ABANDONED]
    for path in dropped:
        with suppress(OSError):
            path.unlink()


def size_of(folder: Path, suffix: str) -> int:
    """Return the bytes that files of a suffix take."""
    return sum(status.st_size for _, status in _files(folder, f"*{suffix}"))


def _files(folder: Path, pattern: str) -> list[tuple[Path, os.stat_result]]:
    found = []
    for path in folder.glob(pattern):
        # Another process may have dropped it just now.
        with suppress(OSError):
            found.append((path, path.stat()))
    return found
