"""Whether a file is the one that was published, or else one that can be used at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..errors import CheckpointError
from ..files.atomic import replacing
from ..files.links import open_own
from .base import Checkpoint
from .content import fault_of
from .hashing import digest
from .trial import fault_of_loading


def verify(
    file: Path, checkpoint: Checkpoint, path: Path, tick: Callable[[], None] = lambda: None
) -> None:
    """Compare a file with what is known of a checkpoint.

    That is the size and SHA-256 where these are published. Where no SHA-256 is, the file must be
    whole as its format has it, and its method must load it, in a process of its own; then its
    SHA-256 is remembered, and later downloads must have the same.

    Parameters
    ----------
    file
        To be looked at.
    checkpoint
        What it should be.
    path
        Its place in the cache: beside it the SHA-256 is remembered, in the form that the command
        ``sha256sum --check`` reads. It stays there when the file is deleted.
    tick
        Called several times a second; may raise to stop.

    Raises
    ------
    CheckpointError
        "has ..." or "is ...": the end of a sentence that starts with where the file is from.
    """
    size = file.stat().st_size
    if checkpoint.size and size != checkpoint.size:
        raise CheckpointError(f"has {size} bytes instead of {checkpoint.size}")
    found = digest(file, tick)
    expected = checkpoint.sha256 or remembered(path)
    if not expected:
        # What is for training alone lacks the parts that a method needs to segment.
        if fault := fault_of(file, tick) or (
            checkpoint.purpose == "segment" and fault_of_loading(file, checkpoint.method, tick)
        ):
            raise CheckpointError(fault)
        with replacing(_note(path), follow=False) as note:
            note.write(f"{found}  {path.name}\n".encode())
    elif found != expected:
        raise CheckpointError(
            f"has SHA-256 {found} instead of {expected}"
            + ("" if checkpoint.sha256 else f" as the first time (delete {_note(path)} to accept)")
        )


def remembered(path: Path) -> str:
    """Return the SHA-256 that the file had when it came first; empty if it never did."""
    try:
        with open_own(_note(path), "rb") as file:
            return file.read(1000).decode().partition(" ")[0]
    except (OSError, ValueError):
        return ""


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")
