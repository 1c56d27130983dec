"""NumPy's ``.npy`` with a pickle inside, read without running anything of it."""

from __future__ import annotations

import pickle
from typing import IO, Any

import numpy as np
from numpy._core import multiarray

from ...errors import InputError

# All are C types and functions: a pickle can neither call anything else nor change them.
_ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    **{("builtins", kind.__name__): kind for kind in (bytearray, complex, frozenset, set)},
    **{
        (module, name): getattr(multiarray, name)
        for module in ("numpy.core.multiarray", "numpy._core.multiarray")
        for name in ("_reconstruct", "scalar")
    },
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise InputError(
                f"The file holds a Python object ({module}.{name}) that could run code. Only "
                "arrays, numbers, text, lists and dictionaries are read; nothing of it was run."
            ) from None


def read_header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return shape and dtype of a ``.npy``, leaving the file where the values begin."""
    first = np.lib.format.read_magic(file) == (1, 0)
    read = np.lib.format.read_array_header_1_0 if first else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    return shape, dtype


def load_npy(file: IO[bytes]) -> Any:
    """Read one ``.npy``.

    Parameters
    ----------
    file
        Open for reading, seekable, with the ``.npy`` at its start.

    Returns
    -------
    object
        An array, or what is in it where that is a single object (Cellpose's dictionary).

    Raises
    ------
    InputError
        If a pickle in it asks for anything but NumPy's arrays and Python's containers.
    ValueError, EOFError, pickle.UnpicklingError
        If the file is damaged.
    """
    _, dtype = read_header(file)
    if dtype.hasobject:
        array = _Unpickler(file).load()
    else:
        file.seek(0)
        array = np.lib.format.read_array(file, allow_pickle=False)
    return array.item() if isinstance(array, np.ndarray) and array.ndim == 0 else array
