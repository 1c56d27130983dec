"""Results that need not be computed again."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ..engine import Segmentation
from ..errors import InputError
from ..files.atomic import replacing
from ..files.bounded import note_use, size_of, trim
from ..files.places import cache_root
from .archive import read_segmentation, write_segmentation

LIMIT = 2**30
"""Bytes that all results take at most; a result of 1024 x 1024 pixels takes about 0.1 MB."""


class ResultCache:
    """Segmentations on the disk by the key of `keys.result_key`, the last used ones up to a limit.

    Any number of threads and processes may use one folder: a file appears in it whole or not at
    all, and one that another process has just dropped counts as missing.

    Parameters
    ----------
    folder
        Made with the first result. None for ``results`` in the folder CELLBENCH_CACHE, else in the
        user's cache.
    limit
        Most bytes that results may take; beyond it those used longest ago are dropped.
    """

    def __init__(self, folder: Path | None = None, limit: int = LIMIT) -> None:
        self.folder = cache_root() / "results" if folder is None else folder
        self._limit = limit

    def get(self, key: str) -> Segmentation | None:
        """Return a result and mark it as used; None if there is none.

        A damaged file is deleted and counts as missing.
        """
        path = self._path(key)
        try:
            found = read_segmentation(path)
        except (OSError, MemoryError):
            return None
        except Exception:
            with suppress(OSError):
                path.unlink()
            return None
        note_use(path)
        return found

    def put(self, key: str, segmentation: Segmentation) -> None:
        """Store a result, and drop others if the limit is passed.

        Raises
        ------
        InputError
            If the disk is full or the folder can't be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"Results can't be kept in {self.folder} ({error.strerror or error}): set "
                "CELLBENCH_CACHE to another folder."
            ) from error
        with replacing(self._path(key)) as file:
            write_segmentation(file, segmentation)
        trim(self._path(key), self._limit)

    def size(self) -> int:
        """Return the bytes that all results take."""
        return size_of(self.folder, ".npz")

    def clear(self) -> None:
        """Delete all results; what another program holds open on Windows stays."""
        for path in self.folder.glob("*.npz"):
            with suppress(OSError):
                path.unlink()

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.npz"
