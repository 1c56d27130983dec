"""What the tensors of a file of weights are called, read without any framework, and no code of it.

Names tell whose weights they are; whether these fit is found out by loading them.
"""

from __future__ import annotations

import pickletools
import re
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from ..errors import CellbenchError
from ..files.inputs import open_input
from .content import kind_of, safetensors_header

MOST = 2**24
"""Bytes that are read of a pickle or a header; those of the largest models have a tenth."""
_PICKLES = 4
"""Older torch files begin with three short pickles; that of the tensors follows."""


_PRINTABLE = re.compile(rb"[\x20-\x7e]{4,}")
"""Names in an HDF5 file, which are plain text; to read it as such takes h5py."""


@dataclass(frozen=True)
class WeightNames:
    """What is known of a file before it is loaded.

    Attributes
    ----------
    names
        Of the tensors, among others; of a zipped model, of its files; of HDF5, pieces of text that
        hold them.
    method
        Key of the method, where this package wrote the file; else empty.
    kind
        "safetensors", "zip", "pickle", "hdf5"; empty where it is none of these.
    """

    names: frozenset[str] = frozenset()
    method: str = ""
    kind: str = ""


def weight_names(path: Path) -> WeightNames:
    """Read the names of a file's tensors, or of a folder's files; of a damaged file there are none.

    Parameters
    ----------
    path
        A file of any format that torch, Keras or safetensors write, or the folder of a model.
    """
    try:
        if path.is_dir():
            return WeightNames(frozenset(file.name for file in path.iterdir()), kind="zip")
        with open_input(path) as file:
            kind = kind_of(file.read(512))
            file.seek(0)
            if kind == "safetensors":
                header = safetensors_header(file, MOST)
                about = header.pop("__metadata__", {})
                return WeightNames(frozenset(header), str(about.get("method", "")), kind)
            if kind == "zip":
                return WeightNames(_zipped(file), kind=kind)
            if kind == "hdf5":
                return WeightNames(_printable(file), kind=kind)
            return WeightNames(_texts(file) if kind == "pickle" else frozenset(), kind=kind)
    except (CellbenchError, OSError, ValueError, AttributeError, zipfile.BadZipFile, RuntimeError):
        return WeightNames()


def _zipped(file: BinaryIO) -> frozenset[str]:
    """Return the texts of torch's pickle; the files' names, where there is no such."""
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        for member in members:
            if PurePosixPath(member.filename).name == "data.pkl" and member.file_size <= MOST:
                return _texts(BytesIO(archive.read(member)))
        return frozenset(PurePosixPath(member.filename).name for member in members)


def _printable(file: BinaryIO) -> frozenset[str]:
    """Return what could be names in the first part of a file, several of them in a row at times."""
    return frozenset(found.decode() for found in _PRINTABLE.findall(file.read(MOST)))


def _texts(file: BinaryIO) -> frozenset[str]:
    """Return the texts in pickles, which are only read, never run."""
    read = BytesIO(file.read(MOST))
    found: set[str] = set()
    try:
        for _ in range(_PICKLES):
            for _, argument, _ in pickletools.genops(read):
                if isinstance(argument, str):
                    found.add(argument)
    except (ValueError, EOFError, IndexError, OverflowError):
        pass  # the tensors' bytes follow, or it is damaged: what was read counts
    return frozenset(found)
