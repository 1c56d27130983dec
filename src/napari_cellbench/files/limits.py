"""How much memory a file may ask for, decided by its header before any is taken."""

from __future__ import annotations

import sys

from ..errors import InputError

RATIO = 1100
"""Bytes that a byte of a file can stand for: deflate, the closest of the usual codecs that has a
limit, ends at 1032."""

ALWAYS = 2**27
"""Bytes that any file may ask for: blank label images can be smaller than `RATIO` says."""

SHARE = 0.9
"""Share of the free memory that one array may take."""

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def check_size(n_bytes: int, what: str, file_size: int | None = None) -> None:
    """Refuse what would not fit, or what its file can't hold.

    Parameters
    ----------
    n_bytes
        What a header declares.
    what
        Subject of the message, such as the file's name.
    file_size
        Bytes of the file, or of the compressed member, where that is known.

    Raises
    ------
    InputError
        If it is more than `ALWAYS` and than `RATIO` times the file's size, or more than the free
        memory.
    """
    if n_bytes < 0:
        raise InputError(f"{what} is damaged: it declares a negative size.")
    if file_size is not None and n_bytes > max(ALWAYS, RATIO * file_size):
        raise InputError(
            f"{what} is refused: it declares {readable(n_bytes)} in a file of "
            f"{readable(file_size)}, which can't hold that much. It is damaged, or made to fill "
            "the memory."
        )
    # Small things aren't worth the question.
    if n_bytes > ALWAYS // 8 and n_bytes > (free := SHARE * free_memory()):
        raise InputError(
            f"{what} needs {readable(n_bytes)} of memory, more than the {readable(int(free))} "
            "that are free. Close other programs, or use a part of it."
        )


def free_memory() -> int:
    """Return the bytes that can be had without the disk's help."""
    try:
        import psutil
    except ImportError:  # in other environments' workers
        return sys.maxsize
    return int(psutil.virtual_memory().available)


def readable(n_bytes: int) -> str:
    """Return a size as people say it, such as 1.2 GB."""
    size, unit = float(n_bytes), 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:.0f} bytes" if not unit else f"{size:,.3g} {_UNITS[unit]}"
