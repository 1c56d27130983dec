"""What a downloaded file is, and whether it is whole, without any framework.

Where nobody published a hash, this is all that is known of a file before it is tried.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

ZIP = b"PK\x03\x04"
HDF5 = b"\x89HDF\r\n\x1a\n"
_LARGEST_HEADER = 100_000_000
"""Bytes of a safetensors header; what safetensors itself allows."""
INFLATION = 20
"""Times that the members of a zip may be larger than itself; weights hardly shrink."""
_PAGES = (b"<!doctype", b"<html", b"<head", b"<body", b"<!--", b"<?xml")


def is_page(head: bytes) -> bool:
    """Tell whether a file begins as a web page does."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return text.startswith(_PAGES)


def kind_of(head: bytes) -> str:
    """Return what the first 9 bytes or more say that a file is; empty if nothing known.

    One of "zip" (of torch, or of a model's folder), "hdf5", "safetensors", "pickle".
    """
    if head.startswith(ZIP):
        return "zip"
    if head.startswith(HDF5):
        return "hdf5"
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") <= _LARGEST_HEADER:
        return "safetensors"
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "pickle"
    return ""


def fault_of(path: Path, tick: Callable[[], None]) -> str:
    """Say what is wrong with a file of weights; empty if nothing is.

    Parameters
    ----------
    path
        To be looked at; its name doesn't matter.
    tick
        Called now and then; may raise to stop.

    Returns
    -------
    str
        "is ...": the end of a sentence that starts with where the file is from.
    """
    size = path.stat().st_size
    if not size:
        return "is empty"
    with path.open("rb") as file:
        head = file.read(512)
        kind = kind_of(head)
        file.seek(0)
        if is_page(head):
            return "is a web page"
        if not kind:
            return "holds no weights (neither zip, HDF5, safetensors nor a torch file)"
        if kind == "zip":
            is_whole = _is_whole_zip(file, size, tick)
        elif kind == "hdf5":
            is_whole = _end_of_hdf5(head) <= size
        elif kind == "safetensors":
            is_whole = _end_of_safetensors(file) == size
        else:
            is_whole = True  # only loading tells
    return "" if is_whole else f"is incomplete or damaged ({kind}, {size} bytes)"


def _is_whole_zip(file: IO[bytes], size: int, tick: Callable[[], None]) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if not members or sum(member.file_size for member in members) > INFLATION * size:
                return False
            for member in members:
                with archive.open(member) as opened:
                    # Its end is where the checksum is compared.
                    while opened.read(2**20):
                        tick()
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, RuntimeError, NotImplementedError):
        return False
    except Exception as error:
        # Of zlib, lzma and bz2, whichever this Python has.
        if type(error).__module__ not in ("zlib", "_lzma", "lzma"):
            raise
        return False
    return True


def _end_of_hdf5(head: bytes) -> int:
    """Return where a file says that it ends (HDF5 file format 3.0, II.A)."""
    version = head[8]
    sizes, first = {0: (13, 24), 1: (13, 28), 2: (9, 12), 3: (9, 12)}.get(version, (0, 0))
    width = head[sizes] if sizes else 0
    if width not in (2, 4, 8) or len(head) < first + 3 * width:
        return 2**64
    base = int.from_bytes(head[first : first + width], "little")
    return base + int.from_bytes(head[first + 2 * width : first + 3 * width], "little")


def _end_of_safetensors(file: IO[bytes]) -> int:
    """Return where a file says that it ends; -1 if its header can't be read."""
    try:
        header = safetensors_header(file)
        ends = [int(e["data_offsets"][1]) for name, e in header.items() if name != "__metadata__"]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return -1
    return file.tell() + max(ends, default=0)


def safetensors_header(file: IO[bytes], most: int = _LARGEST_HEADER) -> dict[str, Any]:
    """Read the header of a ``.safetensors``: an entry a tensor, and ``__metadata__``.

    Parameters
    ----------
    file
        At its beginning; it is left at the end of the header.
    most
        Bytes of a header that is read; by default what safetensors itself allows.

    Raises
    ------
    ValueError
        If it is no such header, or a longer one.
    """
    length = int.from_bytes(file.read(8), "little")
    if length > most:
        raise ValueError(f"A header of {length} bytes is too long.")
    try:
        header = json.loads(file.read(length))
    except RecursionError as error:
        raise ValueError("The header is nested too deeply.") from error
    if not isinstance(header, dict):
        raise ValueError("The header is no JSON object.")
    return header
