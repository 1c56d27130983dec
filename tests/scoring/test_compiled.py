"""Compiled functions work where nothing can be kept."""

from __future__ import annotations

import errno
from typing import Any

from numba.core.caching import FunctionCache

from napari_cellbench.scoring.compiled import compiled


def test_without_a_folder_to_keep_it_in():
    """numba finds none for what is in no file, as where package and home can't be written."""
    names: dict[str, Any] = {}
    exec("def double(x):\n    return 2 * x", names)
    assert compiled(names["double"])(3) == 6


def test_on_a_full_disk(monkeypatch):
    def refuse(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FunctionCache, "save_overload", refuse)

    def triple(x):
        return 3 * x

    assert compiled(triple)(3) == 9
