"""Writing an evaluation: what is done is there for good, whenever the program ends.

A job's record is a line that is appended once the job is done. Lines become tables part by part, so
that neither memory nor time grow with what is done already.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import Any

import polars as pl

from ..errors import InputError
from ..files.atomic import explained, replacing
from ..files.locking import locked
from .folder import RECORDS, lines_file, parts, read_header, table_files
from .results import read_images, read_lines
from .tables import CELLS, IMAGES, KEY, Record, frames, newest, together

LINES = 1000
"""Records of a part; then they become tables."""
SIZE = 2**25
"""Bytes of a part at most, but for its last record."""
SYNC = 1.0
"""Seconds of work that a failure of power may cost; a killed program loses none."""
ROWS = 100_000
"""Rows of a group within the final table, which readers take at once."""

Key = tuple[str | None, ...]


def key_of(row: Record) -> Key:
    """Return what names the job of a row."""
    return tuple(row.get(name) for name in KEY)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Be the one program that writes into a folder.

    Raises
    ------
    InputError
        If there is another.
    """

    def refuse() -> None:
        raise InputError(
            f"Another program writes into {folder} now: wait for it, stop it, or choose another "
            "folder."
        )

    with locked(folder / "lock", refuse):
        yield


class Store:
    """Takes the records of jobs; a context manager, within `held`.

    Parameters
    ----------
    folder
        Of the evaluation; its header is there.
    clock
        Returns seconds.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        read_header(folder)
        self.folder = folder
        self._clock = clock
        (folder / RECORDS).mkdir(exist_ok=True)
        self._number = max(parts(folder), default=0) + 1
        self._file: FileIO | None = None
        self._lines = 0
        self._synced = clock()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def states(self) -> dict[Key, str]:
        """Return the state of each job that has ended."""
        images = read_images(self.folder).select(*KEY, "state")
        return {tuple(row[:-1]): row[-1] for row in images.iter_rows()}

    def add(self, record: Record) -> None:
        """Append a record.

        Raises
        ------
        InputError
            If the disk is full.
        """
        line = json.dumps(record, allow_nan=False).encode() + b"\n"
        with explained(lines_file(self.folder, self._number)):
            if self._file is None:
                # A line of another process that was cut stays in that one's file.
                self._file = lines_file(self.folder, self._number).open("xb", buffering=0)
            _write(self._file, line)
            self._lines += 1
            if self._clock() - self._synced >= SYNC:
                os.fsync(self._file.fileno())
                self._synced = self._clock()
            if self._lines >= LINES or self._file.tell() >= SIZE:
                self._end_part()

    def compact(self) -> None:
        """Make tables of all records, and the two files that hold all.

        Raises
        ------
        InputError
            If the disk is full.
        """
        with explained(self.folder / "images.parquet"):
            self._end_part()
            for number, is_lines in parts(self.folder).items():
                if is_lines:
                    _to_tables(self.folder, number)
            _write_all(self.folder)

    def _end_part(self) -> None:
        if self._file is None:
            return
        os.fsync(self._file.fileno())
        self._file.close()
        self._file, self._lines = None, 0
        _to_tables(self.folder, self._number)
        self._number += 1


def _write(file: FileIO, content: bytes) -> None:
    """Write all of it at once, or as much as the disk takes."""
    left = memoryview(content)
    while left:
        left = left[file.write(left) :]


def _to_tables(folder: Path, number: int) -> None:
    """Make tables of a part's lines; until both are whole, the lines count."""
    lines = lines_file(folder, number)
    for table, file in zip(frames(read_lines(lines)), table_files(folder, number), strict=True):
        with replacing(file) as out:
            table.write_parquet(out)
    lines.unlink()


def _write_all(folder: Path) -> None:
    """Write ``images.parquet`` and ``cells.parquet``, part after part."""
    files = [table_files(folder, number) for number in parts(folder)]
    images = together([pl.read_parquet(file) for file, _ in files], IMAGES)
    with replacing(folder / "images.parquet") as out:
        newest(images).write_parquet(out)
    with replacing(folder / "cells.parquet") as out:
        if files:
            cells: Any = pl.scan_parquet([file for _, file in files], schema=dict(CELLS))
        else:
            cells = pl.LazyFrame(schema=CELLS)
        cells.sink_parquet(out, row_group_size=ROWS)
