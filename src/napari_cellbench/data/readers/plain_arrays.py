"""Arrays of numbers and text made of a file's bytes; never of objects, fields or views of more."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

_NAME = re.compile(r"([<>|=]?)([biufcSUmMO?])(\d{0,8})(\[\d{0,9}[a-zA-Z]{1,7}\])?")
_LARGEST = {"b": 8, "i": 8, "u": 8, "f": 8, "c": 16, "m": 8, "M": 8, "O": 8}
"""Bytes of the values of each kind; text can be of any length."""

_MOST_AXES = 32


def plain_dtype(name: str) -> np.dtype[Any]:
    """Return the dtype of a name such as ``<u2``: numbers, text, times, or objects.

    Raises
    ------
    ValueError
        If it is no such name: tables and raw memory among them.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"values of type {name[:80]!r} aren't read, only numbers and text")
    dtype = np.dtype(name)
    if dtype.itemsize > _LARGEST.get(dtype.kind, math.inf):
        raise ValueError(f"values of type {name!r} aren't read: they have too many bytes")
    return dtype


def check_shape(shape: Any) -> tuple[int, ...]:
    """Return the shape of an array if it can be one.

    Raises
    ------
    ValueError
        If it isn't a tuple of a few whole numbers from 0 on.
    """
    if (
        not isinstance(shape, tuple)
        or len(shape) > _MOST_AXES
        or not all(type(length) is int and 0 <= length < 2**48 for length in shape)
    ):
        raise ValueError(f"{str(shape)[:80]} is no shape of an array")
    return shape


def byte_count(dtype: np.dtype[Any], shape: tuple[int, ...]) -> int:
    """Return the bytes of an array, however large."""
    return dtype.itemsize * math.prod(shape)


def plain_array(
    values: bytes | bytearray | memoryview, dtype: np.dtype[Any], shape: Any, fortran: bool
) -> NDArray[Any]:
    """Return an array over a buffer, which it keeps; read-only where that is.

    Raises
    ------
    ValueError
        If the buffer isn't exactly as large as the array, or holds what is no text.
    """
    shape = check_shape(shape)
    if dtype.kind not in "biufcSUmM" or dtype.fields or dtype.subdtype:
        raise ValueError(f"an array of {dtype} can't be made of bytes")
    if len(values) != byte_count(dtype, shape):
        raise ValueError(
            f"an array of {dtype} and shape {shape} has {byte_count(dtype, shape)} bytes, "
            f"not {len(values)}"
        )
    if not len(values):
        return np.zeros(shape, dtype)
    if dtype.kind == "b":
        # A truth value that is neither 0 nor 1 leads compilers astray.
        flat = np.frombuffer(values, np.uint8) != 0
    else:
        flat = np.frombuffer(values, dtype)
    if dtype.kind == "U":
        characters = np.frombuffer(values, np.dtype(np.uint32).newbyteorder(dtype.byteorder))
        if characters.max() > 0x10FFFF:
            raise ValueError("text with characters that don't exist")
    array: NDArray[Any] = flat.reshape(shape, order="F" if fortran else "C")
    return array
