"""Whether what the tables of a TIFF say can be, before anything is decoded by them."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from typing import Any, BinaryIO

from ..errors import InputError
from ..files.inputs import size_of
from ..files.limits import check_size


def check_chain(file: BinaryIO, name: str) -> None:
    """Follow the pages from one to the next, and refuse a chain that leads back to itself.

    Parameters
    ----------
    file
        At its start, where it is left.
    name
        For messages.

    Raises
    ------
    InputError
        If it never ends.
    """
    start = file.read(16)
    file.seek(0)
    order = "<" if start[:2] == b"II" else ">"
    is_big = struct.unpack(f"{order}H", start[2:4])[0] == 43
    count_format, offset_format, entry = ("Q", "Q", 20) if is_big else ("H", "I", 12)
    at = start[8:16] if is_big else start[4:8]
    seen: set[int] = set()
    while len(at) == struct.calcsize(offset_format):
        (offset,) = struct.unpack(order + offset_format, at)
        if not offset or offset >= size_of(file):
            break
        if offset in seen:
            raise InputError(f"{name} is damaged: its list of pages leads back to itself.")
        seen.add(offset)
        file.seek(offset)
        count = file.read(struct.calcsize(count_format))
        if len(count) < struct.calcsize(count_format):
            break
        end = file.tell() + entry * struct.unpack(order + count_format, count)[0]
        if end >= size_of(file):
            break
        file.seek(end)
        at = file.read(len(at))
    file.seek(0)


def check_segments(pages: Iterable[Any], name: str) -> None:
    """Refuse pages whose strips or tiles lie outside of the file, or are larger than it can hold.

    Parameters
    ----------
    pages
        tifffile's.
    name
        For messages.

    Raises
    ------
    InputError
        If it isn't complete, or a single tile would fill the memory.
    """
    for page in pages:
        key = page.keyframe
        # Pages may lie in several files.
        file_size = page.parent.filehandle.size
        if key.is_tiled:
            tile = (max(1, key.tiledepth), key.tilelength, key.tilewidth, key.samplesperpixel)
            check_size(math.prod(tile) * key.dtype.itemsize, f"A tile of {name}", file_size)
        ends = zip(page.dataoffsets, page.databytecounts, strict=False)
        if any(start + count > file_size for start, count in ends):
            raise InputError(
                f"{name} is damaged or incomplete: some of its pixels lie behind its end."
            )
