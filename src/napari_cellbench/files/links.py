"""Files at names that anybody can guess, perhaps in a folder that others can write to."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO, Literal


def open_own(path: Path, mode: Literal["rb", "ab", "xb"]) -> BinaryIO:
    """Open a regular file that has no other name.

    A link there is not followed: what it leads to may be anybody's. Nor is anything waited for, as
    a named pipe would have it.

    Raises
    ------
    OSError
        If it is a link, has a second name, or is no file.
    """
    return open(path, mode, opener=_open)


def _open(name: str, flags: int) -> int:
    # Windows has neither flag; there only an administrator can make a link.
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(name, flags, 0o666)
    found = os.fstat(descriptor)
    if stat.S_ISREG(found.st_mode) and found.st_nlink == 1:
        return descriptor
    os.close(descriptor)
    raise OSError(f"{name} is a link, or no file")
