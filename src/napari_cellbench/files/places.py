"""Where settings lie, what can be had again, and what can't."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_dir, user_config_dir, user_data_dir

from ..errors import InputError


def expanded(path: Path | str) -> Path:
    """Return a path whose ``~`` or ``~name`` is the home that is meant.

    Raises
    ------
    InputError
        If there is no such user, or no home, or it can't be a path.
    """
    if "\0" in str(path):
        raise InputError(f"{str(path)!r} can't be the name of a file.")
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise InputError(f"{path}: there is no such user here. Write the whole path.") from error


def config_dir() -> Path:
    """Return the folder of settings: the user's, or the one in CELLBENCH_CONFIG."""
    return Path(os.environ.get("CELLBENCH_CONFIG") or user_config_dir("napari-cellbench", False))


def cache_root() -> Path:
    """Return the folder of what can be had again: CELLBENCH_CACHE, else the user's cache."""
    return Path(os.environ.get("CELLBENCH_CACHE") or user_cache_dir("napari-cellbench", False))


def data_root() -> Path:
    """Return the folder of a person's work that has no other place.

    CELLBENCH_DATA, else the user's data.
    """
    return Path(os.environ.get("CELLBENCH_DATA") or user_data_dir("napari-cellbench", False))
