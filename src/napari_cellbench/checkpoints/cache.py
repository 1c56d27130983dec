"""Where the file of a checkpoint lies, and how it gets there."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from platformdirs import user_cache_dir

from ..errors import CheckpointError
from .base import Checkpoint
from .download import Progress, download
from .google_drive import is_folder
from .hashing import sha256_of
from .locking import locked


def cache_dir() -> Path:
    """Return the folder of downloads: in the user's cache, or in the folder CELLBENCH_CACHE."""
    folder = os.environ.get("CELLBENCH_CACHE") or user_cache_dir("napari-cellbench", False)
    return Path(folder) / "checkpoints"


def location(checkpoint: Checkpoint) -> Path:
    """Return where a checkpoint's file is, or will be once it has been downloaded."""
    if checkpoint.path is not None:
        return checkpoint.path
    # The name changes with the content, so that an updated catalogue never finds an old file.
    version = checkpoint.sha256 or hashlib.sha256(checkpoint.url.encode()).hexdigest()
    suffix = PurePosixPath(urlsplit(checkpoint.url).path).suffix
    return cache_dir() / f"{checkpoint.key}-{version[:8]}{suffix}"


def resolve(checkpoint: Checkpoint, progress: Progress | None = None) -> Path:
    """Return the file of a checkpoint, downloaded if need be.

    Downloads are verified by size and SHA-256 where these are published, and appear in the cache
    whole or not at all. Of several processes that want the same file one downloads it.

    Parameters
    ----------
    checkpoint
        What to find.
    progress
        Called with the bytes so far and in all (0 where unknown); may raise to stop the download,
        which a later call then goes on with.

    Raises
    ------
    CheckpointError
        If the file is gone, can't be downloaded, or is not the one that was published.
    """
    path = location(checkpoint)
    if checkpoint.path is not None:
        if not path.exists():
            raise CheckpointError(
                f"{path} is not there any more. "
                + ("Choose another file." if checkpoint.source == "user" else "Install again.")
            )
        return path
    if path.exists():
        return path
    if not checkpoint.url or is_folder(checkpoint.url):
        raise CheckpointError(
            f"{checkpoint.title} can't be downloaded from here. Open "
            f"{checkpoint.url or 'the page of its authors'} in a browser, download the files by "
            "hand and choose the file."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _download(checkpoint, path, progress or (lambda done, total: None))
    except OSError as error:
        raise CheckpointError(
            f"{path.parent} can't be written ({error.strerror or error}). Free some space, or set "
            "CELLBENCH_CACHE to another folder."
        ) from error
    return path


def _download(checkpoint: Checkpoint, path: Path, progress: Progress) -> None:
    part = path.with_name(f"{path.name}.part")
    lock = path.with_name(f"{path.name}.lock")
    with locked(lock, waiting=lambda: progress(0, checkpoint.size)):
        if path.exists():
            return
        missing = checkpoint.size - (part.stat().st_size if part.exists() else 0)
        free = shutil.disk_usage(path.parent).free
        if missing > free:
            raise CheckpointError(
                f"{checkpoint.title} needs {missing / 1e6:.0f} MB and {path.parent} has "
                f"{free / 1e6:.0f} MB left. Free some space, or set CELLBENCH_CACHE to another "
                "folder."
            )
        download(checkpoint.url, part, progress)
        try:
            _verify(part, checkpoint)
        except CheckpointError:
            part.unlink()
            raise
        part.replace(path)


def _verify(file: Path, checkpoint: Checkpoint) -> None:
    size = file.stat().st_size
    if checkpoint.size and size != checkpoint.size:
        problem = f"has {size} bytes instead of {checkpoint.size}"
    elif checkpoint.sha256 and (found := sha256_of(file)) != checkpoint.sha256:
        problem = f"has SHA-256 {found} instead of {checkpoint.sha256}"
    else:
        return
    raise CheckpointError(
        f"The file from {checkpoint.url} {problem}, so it is damaged or another one; it was "
        "deleted. Try again; if it stays so, the file was replaced: choose another checkpoint."
    )
