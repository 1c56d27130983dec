"""What an evaluation's folder holds, and what of it was made by which version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .. import __version__
from ..errors import InputError
from ..files.atomic import replacing
from ..files.schema import read_record, to_json

FORMAT = 1
"""Of the header, the records and the tables."""
HEADER = "benchmark.json"
RECORDS = "records"
"""Folder of the records: ``NUMBER.jsonl`` while they come, ``NUMBER-images.parquet`` later."""
_PART = re.compile(r"(\d{6})(\.jsonl|-images\.parquet)")


@dataclass(frozen=True)
class DataSetEntry:
    """A data set of an evaluation.

    Attributes
    ----------
    name
        In the tables.
    path
        Where it is.
    group_by
        What its images are grouped by; None for what the data set says.
    groups_sha256
        Of the CSV of groups; None without.
    truth_by
        The further annotator whose labels are the truth; None for the first.
    """

    name: str
    path: Path
    group_by: str | None = None
    groups_sha256: str | None = None
    truth_by: str | None = None


@dataclass(frozen=True)
class Header:
    """``benchmark.json``.

    Attributes
    ----------
    version
        Of the package that evaluated.
    data_sets
        In the order in which they came.
    checkpoints
        sha256 by checkpoint, of those whose content can change under their name: files.
    """

    version: str = __version__
    data_sets: tuple[DataSetEntry, ...] = ()
    checkpoints: Mapping[str, str] = field(default_factory=dict)
    format: int = FORMAT


def read_header(folder: Path) -> Header:
    """Return what an evaluation is of.

    Raises
    ------
    InputError
        If the folder holds none, or one of another format.
    """
    file = folder / HEADER
    if not file.is_file():
        raise InputError(
            f"{folder} holds no evaluation: there is no {HEADER} in it. "
            f"`cellbench evaluate DATASET --method M --output {folder}` makes one."
        )
    header = read_record(file, Header, FORMAT, "header of an evaluation")
    if header.format != FORMAT:
        raise InputError(
            f"{folder} was written by version {header.version}, in a form that isn't read any "
            "more: evaluate into another folder."
        )
    return header


def write_header(folder: Path, header: Header) -> None:
    """Write ``benchmark.json``."""
    with replacing(folder / HEADER) as file:
        file.write(to_json(header))


def parts(folder: Path) -> dict[int, bool]:
    """Return the numbers of the records' files, ascending; whether each is still lines of JSON.

    Where there are both, the tables may be incomplete, and the lines count.
    """
    found: dict[int, bool] = {}
    records = folder / RECORDS
    names = sorted(file.name for file in records.iterdir()) if records.is_dir() else []
    for name in names:
        if match := _PART.fullmatch(name):
            number = int(match[1])
            found[number] = found.get(number, False) or match[2] == ".jsonl"
    return dict(sorted(found.items()))


def lines_file(folder: Path, number: int) -> Path:
    """Return the file of records as lines of JSON."""
    return folder / RECORDS / f"{number:06d}.jsonl"


def table_files(folder: Path, number: int) -> tuple[Path, Path]:
    """Return the files of the same records as tables: images, and cells."""
    stem = folder / RECORDS / f"{number:06d}"
    return Path(f"{stem}-images.parquet"), Path(f"{stem}-cells.parquet")
