"""A block of shared memory that is used again for every tile of a run."""

from __future__ import annotations

from typing import Any

import numpy as np
from appose import NDArray

from ..errors import EngineError


class SharedBuffer:
    """Shared memory for arrays of one type, up to a size; a context manager that frees it.

    Parameters
    ----------
    dtype
        Type of the values.
    size
        Largest number of values.

    Raises
    ------
    EngineError
        If the computer has no shared memory left.
    """

    def __init__(self, dtype: np.dtype[Any], size: int) -> None:
        self.dtype = dtype
        try:
            self.shared = NDArray(dtype.name, [size])
        except OSError as error:
            raise EngineError(
                f"{size * dtype.itemsize / 1e6:.0f} MB of shared memory can't be had: {error}."
            ) from error

    def view(self, shape: tuple[int, ...]) -> np.ndarray[Any, np.dtype[Any]]:
        """Return the block as an array of a shape; it must be dropped before the block is freed."""
        return np.ndarray(shape, self.dtype, buffer=self.shared.shm.buf)

    def __enter__(self) -> SharedBuffer:
        return self

    def __exit__(self, *_: object) -> None:
        self.shared.shm.close()
        self.shared.shm.unlink()
