"""The file that a download fills, and the one beside it that says of which version it is.

Both lie under names that anybody can guess, perhaps in a folder that others can write to: a link
there is never followed, and nothing but a regular file of one name is written to.
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import BinaryIO

from ..files.links import open_own

_LONGEST_TAG = 1000


def tag_file(part: Path) -> Path:
    """Return the file that says which version of the file the partial one is of."""
    return part.with_name(f"{part.name}.tag")


def left_of(part: Path) -> tuple[int, str]:
    """Return the bytes and the version that an earlier download left; 0 and "" without both."""
    size, _ = _status(part)
    _, is_file = _status(tag_file(part))
    if not size or not is_file:
        return 0, ""
    with open_own(tag_file(part), "rb") as file:
        tag = file.read(_LONGEST_TAG).decode("latin-1")
    return (size, tag) if tag else (0, "")


def begin(part: Path, tag: str) -> BinaryIO:
    """Open a new file for a download of a version; what was there, links too, is removed.

    Parameters
    ----------
    part
        To be filled.
    tag
        Of the version, as the server gives it; empty if it gives none.
    """
    # In this order, so that the tag is never that of other bytes.
    forget(part)
    if tag:
        with open_own(tag_file(part), "xb") as file:
            file.write(tag.encode("latin-1", "ignore")[:_LONGEST_TAG])
    return open_own(part, "xb")


def go_on(part: Path) -> BinaryIO:
    """Open what an earlier download left, to append."""
    return open_own(part, "ab")


def forget(part: Path) -> None:
    """Remove what a download left."""
    part.unlink(missing_ok=True)
    tag_file(part).unlink(missing_ok=True)


def private_folder(path: Path) -> None:
    """Make a folder, and those above it that are missing, for this user alone."""
    if not path.is_dir():
        private_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)


def _status(path: Path) -> tuple[int, bool]:
    """Return the size of a file, and whether it is one, of a single name."""
    try:
        found = path.lstat()
    except OSError:
        return 0, False
    is_file = stat.S_ISREG(found.st_mode) and found.st_nlink == 1
    return (found.st_size, True) if is_file else (0, False)
