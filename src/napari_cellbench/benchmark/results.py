"""Reading an evaluation, also while it runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from ..errors import InputError
from .folder import lines_file, parts, read_header, table_files
from .tables import CELLS, IMAGES, frames, newest, together

TRIES = 20
"""Times that a folder is read again because the evaluation changed it meanwhile."""


def read_results(folder: Path | str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read the tables of an evaluation, finished or not.

    Parameters
    ----------
    folder
        That ``cellbench evaluate`` writes.

    Returns
    -------
    images, cells
        With the columns of `tables.IMAGES` and `tables.CELLS`; a job that failed and was tried
        again has one row.

    Raises
    ------
    InputError
        If the folder holds no evaluation, one of another version's form, or a damaged one.
    """
    return read_images(folder), read_cells(folder)


def read_images(folder: Path | str) -> pl.DataFrame:
    """Read the images' table alone; see `read_results`."""
    return newest(_read(Path(folder), 0))


def read_cells(folder: Path | str) -> pl.DataFrame:
    """Read the cells' table alone; see `read_results`."""
    return _read(Path(folder), 1)


def read_lines(file: Path) -> Iterator[dict[str, Any]]:
    """Return the records of a file of lines; one that is being written, or was cut, is no record.

    Raises
    ------
    FileNotFoundError
        If the file became tables meanwhile.
    """
    with file.open("rb") as lines:
        for line in lines:
            if not line.endswith(b"\n"):
                return
            try:
                record = json.loads(line)
            except ValueError:
                # Whoever wrote it was killed, or its disk was full.
                continue
            if isinstance(record, dict) and isinstance(record.get("image"), dict):
                yield record


def _read(folder: Path, which: int) -> pl.DataFrame:
    read_header(folder)
    schema = (IMAGES, CELLS)[which]
    for _ in range(TRIES):
        try:
            found = []
            for number, is_lines in parts(folder).items():
                if is_lines:
                    found.append(frames(read_lines(lines_file(folder, number)))[which])
                else:
                    found.append(_table(table_files(folder, number)[which], schema))
            return together(found, schema)
        except FileNotFoundError:
            # Lines became tables after the folder was listed.
            continue
    raise InputError(f"{folder} is not whole: files of {folder / 'records'} are missing.")


def _table(file: Path, schema: Any) -> pl.DataFrame:
    if not file.exists():
        raise FileNotFoundError(file)
    try:
        return pl.read_parquet(file).select(pl.col(n).cast(t) for n, t in schema.items())
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{file} is damaged: delete it, and evaluate again.") from error
