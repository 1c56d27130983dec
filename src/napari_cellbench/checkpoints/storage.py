"""The downloads on the disk: what is there, how much it takes, and what to do about it."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import CheckpointError
from ..files.atomic import replacing
from ..files.locking import locked
from .base import Checkpoint
from .cache import location, lock_of, partial
from .connection import CHUNK
from .download import Progress
from .part import forget, private_folder
from .settings import cache_dir
from .verify import verify


@dataclass(frozen=True)
class Stored:
    """What is on the disk of a checkpoint.

    Attributes
    ----------
    path
        Where the file is, or will be.
    installed
        Whether it is there, whole.
    size
        Of what is there in bytes, that of an unfinished download included.
    """

    path: Path
    installed: bool
    size: int

    @property
    def unfinished(self) -> bool:
        """Whether a download was paused or broke off."""
        return not self.installed and self.size > 0


def stored(checkpoint: Checkpoint) -> Stored:
    """Look for a checkpoint on the disk."""
    path = location(checkpoint)
    # What lies in another user's home, and may not be looked at, isn't there.
    with suppress(PermissionError):
        if path.exists():
            return Stored(path, True, _size(path))
        part = partial(path)
        return Stored(path, False, part.stat().st_size if part.exists() else 0)
    return Stored(path, False, 0)


def disk_use() -> tuple[int, int]:
    """Return the bytes that all downloads take, and the bytes that are free for more."""
    folder = cache_dir()
    used = _size(folder) if folder.exists() else 0
    while not folder.exists():
        folder = folder.parent
    return used, shutil.disk_usage(folder).free


def delete(checkpoint: Checkpoint) -> None:
    """Remove a download, whole or unfinished; it can be downloaded again.

    Raises
    ------
    CheckpointError
        If it is no download, or another program holds the file.
    """
    path = location(checkpoint)
    if checkpoint.path is not None:
        raise CheckpointError(f"{path} was not downloaded, so it isn't deleted.")
    if not path.parent.exists():
        return
    with locked(lock_of(path), waiting=_busy):
        try:
            path.unlink(missing_ok=True)
            forget(partial(path))
        except OSError as error:
            raise CheckpointError(
                f"{path} can't be deleted ({error.strerror or error}). If it is in use, press "
                "“Release memory” in the Segment widget first."
            ) from error


def adopt(
    checkpoint: Checkpoint, file: Path, progress: Progress = lambda done, total: None
) -> Path:
    """Copy a file that was downloaded by hand into the cache, once it is verified.

    Parameters
    ----------
    checkpoint
        What the file is; one with an address.
    file
        The file; of a folder on Google Drive the zip that the browser makes of it.
    progress
        Called with the bytes copied and in all; may raise to stop.

    Returns
    -------
    Path
        The copy.

    Raises
    ------
    CheckpointError
        If it is not the file that was published, or can't be read.
    InputError
        If the cache can't be written.
    """
    path = location(checkpoint)
    if checkpoint.path is not None:
        raise CheckpointError(f"{checkpoint.title} is there already: {path}.")
    if not file.is_file():
        raise CheckpointError(f"{file} is not a file. Of a folder choose its zip.")
    total = file.stat().st_size
    private_folder(path.parent)
    with locked(lock_of(path), waiting=_busy):
        try:
            verify(file, checkpoint, path, lambda: progress(0, total))
        except CheckpointError as error:
            raise CheckpointError(
                f"{file} {error}: it is damaged or not {checkpoint.title}. Choose another file, "
                f"or download it again from {checkpoint.url}."
            ) from error
        with file.open("rb") as source, replacing(path, follow=False) as target:
            while chunk := source.read(CHUNK):
                target.write(chunk)
                progress(target.tell(), total)
    return path


def _busy() -> None:
    raise CheckpointError("It is being downloaded just now: wait, or stop the download first.")


def _size(path: Path) -> int:
    if not path.is_dir():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def size_text(size: int) -> str:
    """Return a size in the unit that suits it."""
    if size >= 1e9:
        return f"{size / 1e9:.2f} GB"
    return f"{size / 1e6:.0f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"
