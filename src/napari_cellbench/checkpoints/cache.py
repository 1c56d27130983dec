"""Where the file of a checkpoint lies, and how it gets there."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

from ..errors import CheckpointError
from ..files.locking import locked
from .base import Checkpoint
from .download import RESERVE, Progress, download
from .google_drive import is_folder
from .mirror import fetch_from_mirror
from .part import forget, left_of, private_folder
from .settings import cache_dir, mirror
from .verify import verify

_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,12}$")


def location(checkpoint: Checkpoint) -> Path:
    """Return where a checkpoint's file is, or will be once it has been downloaded."""
    if checkpoint.path is not None:
        return checkpoint.path
    # The name changes with the content, so that an updated catalogue never finds an old file.
    version = checkpoint.sha256 or hashlib.sha256(checkpoint.url.encode()).hexdigest()
    suffix = _SUFFIX.search(checkpoint.url.partition("?")[0])
    return cache_dir() / f"{checkpoint.key}-{version[:8]}{suffix[0] if suffix else ''}"


def partial(path: Path) -> Path:
    """Return the file that holds the first bytes of an unfinished download."""
    return path.with_name(f"{path.name}.part")


def is_downloadable(checkpoint: Checkpoint) -> bool:
    """Say whether the authors' address answers with a file, without an account or a browser."""
    return bool(checkpoint.url) and not is_folder(checkpoint.url)


def resolve(checkpoint: Checkpoint, progress: Progress | None = None) -> Path:
    """Return the file of a checkpoint, downloaded if need be.

    A mirror that the user has set is asked first. Downloads are verified as `verify` says. They
    appear in the cache whole or not at all. Of several processes that want the same file one
    downloads it.

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
    if not mirror() and not is_downloadable(checkpoint):
        raise CheckpointError(_not_downloadable(checkpoint))
    try:
        private_folder(path.parent)
        _download(checkpoint, path, progress or (lambda done, total: None))
    except OSError as error:
        raise CheckpointError(
            f"{path.parent} can't be written ({error.strerror or error}). Free some space, or set "
            "CELLBENCH_CACHE to another folder."
        ) from error
    return path


def _download(checkpoint: Checkpoint, path: Path, progress: Progress) -> None:
    part = partial(path)
    with locked(lock_of(path), waiting=lambda: progress(0, checkpoint.size)):
        if path.exists():
            return
        missing = checkpoint.size - left_of(part)[0]
        free = shutil.disk_usage(path.parent).free - RESERVE
        if missing > free:
            raise CheckpointError(
                f"{checkpoint.title} needs {missing / 1e6:.0f} MB and {path.parent} has "
                f"{max(free, 0) / 1e6:.0f} MB left. Free some space, or set CELLBENCH_CACHE to "
                "another folder."
            )
        source = _fetch(checkpoint, path, progress)
        size = part.stat().st_size
        try:
            verify(part, checkpoint, path, lambda: progress(size, size))
        except CheckpointError as error:
            forget(part)
            raise CheckpointError(
                f"The file from {source} {error}, so it was deleted. Try again; if it stays so, "
                "choose another checkpoint."
            ) from error
        part.replace(path)
        forget(part)


def lock_of(path: Path) -> Path:
    """Return the lock that whoever writes a file of the cache holds."""
    return path.with_name(f"{path.name}.lock")


def _fetch(checkpoint: Checkpoint, path: Path, progress: Progress) -> str:
    """Fill the partial file from the mirror, else from the authors' address; return which."""
    problems = []
    if mirror():
        try:
            fetch_from_mirror(mirror(), path.name, partial(path), progress, checkpoint.size)
            return mirror()
        except CheckpointError as error:
            problems.append(str(error))
    if is_downloadable(checkpoint):
        try:
            download(checkpoint.url, partial(path), progress, checkpoint.size)
            return checkpoint.url
        except CheckpointError as error:
            problems.append(f"{error} {_by_hand(checkpoint)}")
    else:
        problems.append(_not_downloadable(checkpoint))
    raise CheckpointError(" ".join(problems))


def _not_downloadable(checkpoint: Checkpoint) -> str:
    if not checkpoint.url:
        return f"{checkpoint.title} has no address: get the file from its authors and choose it."
    return (
        f"{checkpoint.title} is a folder that only a browser can download: {checkpoint.url}. "
        f"{_by_hand(checkpoint)}"
    )


def _by_hand(checkpoint: Checkpoint) -> str:
    return (
        "By hand: open the address in a browser, on another computer if need be, and choose the "
        "file with “Use a downloaded file” in the gallery, or with `cellbench checkpoints adopt "
        f"{checkpoint.key} FILE`."
    )
