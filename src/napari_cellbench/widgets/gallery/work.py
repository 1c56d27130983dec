"""What the gallery does in the background: downloads, and looking at the disk."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path

from qtpy.QtCore import QObject, Signal

from ...checkpoints import Checkpoint, adopt, delete, disk_use, stored
from ...checkpoints.transfer import Transfer, TransferState, TransferStatus
from ..jobs.background import Background


class GalleryWork(QObject):
    """Downloads that go on when a gallery is closed; all signals arrive in the GUI's thread.

    Signals
    -------
    surveyed(found)
        A dictionary of `Stored` by key.
    measured(used, free)
        Bytes of all downloads, and bytes that are free.
    moved(key)
        A download began, stopped or ended; how far it is, says `status`.
    done(text), failed(error)
        The outcome of a job on files.
    """

    surveyed = Signal(object)
    # Not int, which is of 32 bits in Qt.
    measured = Signal(object, object)
    moved = Signal(str)
    done = Signal(str)
    failed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._transfers: dict[str, Transfer] = {}
        self._statuses: dict[str, TransferStatus] = {}

    def status(self, key: str) -> TransferStatus | None:
        """Return how far the download is that was started here, if any."""
        return self._statuses.get(key)

    def running(self) -> list[str]:
        """Return the keys of what is being downloaded."""
        statuses = dict(self._statuses)
        return [key for key, status in statuses.items() if status.state is TransferState.RUNNING]

    def survey(self, checkpoints: Sequence[Checkpoint]) -> None:
        """Look for files on the disk, which may be a slow one."""

        def look() -> None:
            self.surveyed.emit({c.key: stored(c) for c in checkpoints})
            self.measured.emit(*disk_use())

        self._in_background(look)

    def download(self, checkpoint: Checkpoint) -> None:
        """Start a download, or go on with it."""
        key = checkpoint.key
        if key not in self._transfers:
            self._transfers[key] = Transfer(checkpoint, partial(self._follow, key))
        self._follow(key, TransferStatus(TransferState.RUNNING, 0, checkpoint.size))
        self._transfers[key].start()

    def pause(self, checkpoint: Checkpoint) -> None:
        """Stop a download, keeping what came."""
        self._transfers[checkpoint.key].pause()

    def cancel(self, checkpoint: Checkpoint) -> None:
        """Stop a download, and remove what came, now or in an earlier session."""
        key = checkpoint.key
        if key not in self._transfers:
            self._transfers[key] = Transfer(checkpoint, partial(self._follow, key))
        self._in_background(self._transfers[key].cancel)

    def delete(self, checkpoint: Checkpoint) -> None:
        """Remove a download."""

        def remove() -> None:
            delete(checkpoint)
            self._statuses.pop(checkpoint.key, None)
            self.done.emit(f"{checkpoint.title} was deleted.")

        self._in_background(remove)

    def adopt(self, checkpoint: Checkpoint, file: Path) -> None:
        """Take a file that the user downloaded."""

        def take() -> None:
            adopt(checkpoint, file)
            self._statuses.pop(checkpoint.key, None)
            self.done.emit(f"{checkpoint.title} is ready.")

        self._in_background(take)

    def stop(self) -> None:
        """Pause all downloads: the program ends."""
        for transfer in self._transfers.values():
            transfer.pause()

    def _follow(self, key: str, status: TransferStatus) -> None:
        before = self._statuses.get(key)
        self._statuses[key] = status
        if before is None or before.state is not status.state:
            self.moved.emit(key)

    def _in_background(self, job: Callable[[], None]) -> None:
        work = Background(job, "cellbench-gallery")
        work.failed.connect(self.failed)
        work.start()


@cache
def shared_work() -> GalleryWork:
    """Return the one that all galleries of this napari share."""
    work = GalleryWork()
    atexit.register(work.stop)
    return work
