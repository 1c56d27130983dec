"""NumPy's ``.npy``, alone or within an ``.npz``; nothing of a pickle in it is run."""

from __future__ import annotations

import re
import struct
import zipfile
from typing import IO, Any

import numpy as np

from ...files.limits import check_size
from .plain_arrays import byte_count, check_shape, plain_array, plain_dtype
from .safe_pickle import load_pickle

_MAGIC = b"\x93NUMPY"
_MOST_HEADER = 10_000
"""Bytes, as NumPy itself has it."""

_DTYPE = re.compile(r"""['"]descr['"]\s*:\s*(?:(['"])(?P<name>[^'"]{1,40})\1|(?P<other>.))""")
_ORDER = re.compile(r"""['"]fortran_order['"]\s*:\s*(True|False|1|0)\b""")
_SHAPE = re.compile(r"""['"]shape['"]\s*:\s*\(([\dL,\s]{0,1000})\)""")
_CHUNK = 2**24

Header = tuple[tuple[int, ...], np.dtype[Any]]
"""Shape and dtype."""


def read_header(file: IO[bytes], size: int) -> Header:
    """Return shape and dtype of a ``.npy``, leaving the file where the values begin.

    Parameters
    ----------
    file, size
        As `load_npy` takes them.

    Raises
    ------
    ValueError, struct.error
        If it is damaged, a table, or declares more than the file holds.
    """
    shape, dtype, _ = read_layout(file)
    if not dtype.hasobject:
        _check_count(byte_count(dtype, shape), size)
    return shape, dtype


def load_npy(file: IO[bytes], size: int) -> Any:
    """Read one ``.npy``.

    Parameters
    ----------
    file
        Open for reading, with the ``.npy`` at its position.
    size
        Bytes that the file holds from there on, already found acceptable.

    Returns
    -------
    object
        An array, or what is in it where that is a single object (Cellpose's dictionary). Arrays
        within the latter are read-only.

    Raises
    ------
    InputError
        If a pickle in it asks for anything but NumPy's arrays and Python's containers.
    ValueError, struct.error
        If it is damaged, or declares more than the file holds.
    """
    shape, dtype, fortran = read_layout(file)
    if dtype.hasobject:
        array = load_pickle(file.read(size))
        if not isinstance(array, np.ndarray) or array.shape != shape:
            raise ValueError("its pickle is no array of the header's shape")
    else:
        values = _read_exactly(file, byte_count(dtype, shape), size)
        array = plain_array(values, dtype, shape, fortran)
    return array.item() if dtype.hasobject and array.ndim == 0 else array


def open_npz(archive: zipfile.ZipFile, key: str, what: str) -> tuple[IO[bytes], int]:
    """Open one array of an ``.npz``, once its size is found acceptable.

    Returns
    -------
    file, size
        As `load_npy` takes them.

    Raises
    ------
    InputError
        If it unpacks to more than it can hold, or than there is memory.
    """
    info = archive.getinfo(f"{key}.npy")
    check_size(info.file_size, f"{key} in {what}", info.compress_size)
    return archive.open(info), info.file_size


def load_npz(archive: zipfile.ZipFile, key: str, what: str) -> Any:
    """Read one array of an ``.npz``; `what` names the file in messages."""
    file, size = open_npz(archive, key, what)
    with file:
        return load_npy(file, size)


def read_layout(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any], bool]:
    """Return shape, dtype and whether columns come first, leaving the file where values begin."""
    start = file.read(len(_MAGIC) + 2)
    if len(start) < len(_MAGIC) + 2 or not start.startswith(_MAGIC) or start[6] not in (1, 2, 3):
        raise ValueError("it doesn't begin as NumPy's .npy does")
    packing = "<H" if start[6] == 1 else "<I"
    (length,) = struct.unpack(packing, file.read(struct.calcsize(packing)))
    if length > _MOST_HEADER:
        raise ValueError(f"its header has {length} bytes; {_MOST_HEADER} are read")
    text = file.read(length).decode("latin1")
    name, order, shape = _DTYPE.search(text), _ORDER.search(text), _SHAPE.search(text)
    if name is None or order is None or shape is None:
        raise ValueError("its header is damaged")
    if name["name"] is None:
        raise ValueError("it holds a table with fields; only numbers and text are read")
    lengths = tuple(int(length) for length in re.findall(r"\d+", shape[1]))
    return check_shape(lengths), plain_dtype(name["name"]), order[1] in ("True", "1")


def _check_count(count: int, size: int) -> None:
    if count > size:
        raise ValueError(f"its header declares {count} bytes, and it holds {size} at most")


def _read_exactly(file: IO[bytes], count: int, size: int) -> memoryview:
    """Read so many bytes, in parts, into memory that is taken only if the file can fill it."""
    _check_count(count, size)
    # Unlike a bytearray, not filled with zeros first.
    view, done = np.empty(count, np.uint8).data, 0
    while done < count:
        part = file.read(min(_CHUNK, count - done))
        if not part:
            raise ValueError(f"it ends after {done} of {count} bytes")
        view[done : done + len(part)] = part
        done += len(part)
    return view
