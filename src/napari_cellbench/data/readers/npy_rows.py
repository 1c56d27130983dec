"""Rows of an array in an ``.npz`` that may be larger than the memory, one after the other."""

from __future__ import annotations

import threading
import weakref
import zipfile
from collections import OrderedDict
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ...files.inputs import open_input
from .plain_arrays import plain_array
from .safe_npy import read_layout

KEPT = 8
"""Rows that are kept, since threads don't ask in order."""


def is_by_rows(path: Path, key: str) -> bool:
    """Tell whether the rows of an array lie one after the other."""
    with (
        open_input(path) as file,
        zipfile.ZipFile(file) as archive,
        archive.open(f"{key}.npy") as member,
    ):
        _, dtype, fortran = read_layout(member)
    return not fortran and not dtype.hasobject


class NpyRows:
    """Reads rows; one before the last that was read makes the file be unpacked from its start.

    Parameters
    ----------
    path
        The ``.npz``.
    key
        Of the array, for which `is_by_rows` holds.
    """

    def __init__(self, path: Path, key: str) -> None:
        self._path, self._key = path, key
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, NDArray[Any]] = OrderedDict()
        self._member: IO[bytes] | None = None
        self._opened = ExitStack()
        weakref.finalize(self, self._opened.close)
        self._next = 0
        self._shape: tuple[int, ...] = ()
        self._dtype = np.dtype(np.uint8)

    def read(self, index: int) -> NDArray[Any]:
        """Return a row.

        Raises
        ------
        InputError, ValueError, OSError, zipfile.BadZipFile
            If the file is damaged; use it within `data.images.reading`.
        """
        with self._lock:
            if index in self._kept:
                return self._kept[index]
            if self._member is None or index < self._next:
                self._rewind()
            try:
                while self._next <= index:
                    self._keep()
            except BaseException:
                self._close()
                raise
            return self._kept[index]

    def _keep(self) -> None:
        assert self._member is not None
        count = int(np.prod(self._shape[1:], dtype=np.int64)) * self._dtype.itemsize
        values = self._member.read(count)
        if len(values) < count:
            raise ValueError(f"it ends within row {self._next} of {self._shape[0]}")
        view = memoryview(values)
        self._kept[self._next] = plain_array(view, self._dtype, self._shape[1:], False)
        self._next += 1
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def _rewind(self) -> None:
        self._close()
        file = self._opened.enter_context(open_input(self._path))
        archive = self._opened.enter_context(zipfile.ZipFile(file))
        self._member = self._opened.enter_context(archive.open(f"{self._key}.npy"))
        self._shape, self._dtype, _ = read_layout(self._member)
        self._next = 0
        self._kept.clear()

    def _close(self) -> None:
        self._opened.close()
        self._member, self._next = None, 0
