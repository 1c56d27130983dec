"""Embeddings that need not be made again: the last used ones in memory, more on the disk."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from pathlib import Path

from ...errors import InputError
from ...files.atomic import replacing
from ...files.bounded import note_use, trim
from .embedding import Embedding

IN_MEMORY = 16
"""Embeddings of 2 MiB each that are kept in memory."""
ON_DISK = 2**29
"""Bytes that the files of embeddings take at most: some 200 views."""


class EmbeddingCache:
    """Embeddings by key.

    Parameters
    ----------
    in_memory
        Most embeddings in memory.
    on_disk
        Most bytes of files in a folder; beyond it those used longest ago are dropped.
    """

    def __init__(self, in_memory: int = IN_MEMORY, on_disk: int = ON_DISK) -> None:
        self._in_memory, self._on_disk = in_memory, on_disk
        self._kept: OrderedDict[str, Embedding] = OrderedDict()

    def get(self, key: str, folder: Path | None = None) -> Embedding | None:
        """Return an embedding and mark it as used; None if there is none.

        Parameters
        ----------
        key
            By which it was put.
        folder
            Where to look if it isn't in memory; None for nowhere.
        """
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        if folder is None:
            return None
        file = _file(folder, key)
        # A damaged one can be had again.
        with suppress(InputError):
            found = Embedding.load(file)
            note_use(file)
            self._keep(key, found)
            return found
        return None

    def put(self, key: str, made: Embedding, folder: Path | None = None) -> None:
        """Keep an embedding, also in a folder if one is named and can be written."""
        self._keep(key, made)
        if folder is None:
            return
        file = _file(folder, key)
        # Who points at a cell can do without a file for another day.
        with suppress(OSError, InputError):
            folder.mkdir(parents=True, exist_ok=True)
            with replacing(file) as opened:
                made.save(opened)
            trim(file, self._on_disk)

    def _keep(self, key: str, embedding: Embedding) -> None:
        self._kept[key] = embedding
        while len(self._kept) > self._in_memory:
            self._kept.popitem(last=False)


def _file(folder: Path, key: str) -> Path:
    return folder / f"{key}.npz"
