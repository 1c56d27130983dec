"""Whether a file is the one that was published, or the one that came the first time."""

from __future__ import annotations

from pathlib import Path

from ..errors import CheckpointError
from ..files.atomic import replacing
from .base import Checkpoint
from .hashing import sha256_of


def verify(file: Path, checkpoint: Checkpoint, path: Path) -> None:
    """Compare a file with what is known of a checkpoint, and remember it where nothing is.

    Parameters
    ----------
    file
        To be looked at.
    checkpoint
        What it should be.
    path
        Its place in the cache: beside it the SHA-256 is remembered, in the form that the command
        ``sha256sum --check`` reads. It stays there when the file is deleted.

    Raises
    ------
    CheckpointError
        "has ..., so ...": the end of a sentence that starts with where the file is from.
    """
    size = file.stat().st_size
    if checkpoint.size and size != checkpoint.size:
        raise CheckpointError(f"has {size} bytes instead of {checkpoint.size}")
    expected = checkpoint.sha256 or remembered(path)
    found = sha256_of(file)
    if not expected:
        with replacing(_note(path)) as note:
            note.write(f"{found}  {path.name}\n".encode())
    elif found != expected:
        raise CheckpointError(
            f"has SHA-256 {found} instead of {expected}"
            + ("" if checkpoint.sha256 else f" as the first time (delete {_note(path)} to accept)")
        )


def remembered(path: Path) -> str:
    """Return the SHA-256 that the file had when it came first; empty if it never did."""
    try:
        return _note(path).read_text("utf-8").partition(" ")[0]
    except OSError:
        return ""


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")
