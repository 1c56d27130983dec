"""A block of shared memory that is used again for every tile of a run."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Any

import numpy as np
from appose import NDArray

from ...errors import EngineError

log = logging.getLogger("napari_cellbench")


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
            self._reserve()
        except OSError as error:
            raise EngineError(
                f"{size * dtype.itemsize / 1e6:.0f} MB of shared memory can't be had: {error}."
            ) from error

    def view(self, shape: tuple[int, ...]) -> np.ndarray[Any, np.dtype[Any]]:
        """Return the block as an array of a shape; it must be dropped before the block is freed."""
        return np.ndarray(shape, self.dtype, buffer=self.shared.shm.buf)

    def _reserve(self) -> None:
        """Take the memory now: where it is short, Linux would end the process at the first use."""
        if not hasattr(os, "posix_fallocate"):
            return
        block = self.shared.shm
        try:
            os.posix_fallocate(block._fd, 0, block.size)
        except OSError:
            self.__exit__()
            raise

    def __enter__(self) -> SharedBuffer:
        return self

    def __exit__(self, *_: object) -> None:
        # What was computed with it is worth more than the block, which the system gets back at the
        # latest when this process ends.
        _try(self.shared.shm.close)
        _try(self.shared.shm.unlink)


def _try(step: Callable[[], None]) -> None:
    try:
        step()
    except (OSError, BufferError) as error:
        log.warning("A block of shared memory can't be given back yet: %s", error)
