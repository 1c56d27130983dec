"""Where settings lie, and what can be had again."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_dir, user_config_dir


def config_dir() -> Path:
    """Return the folder of settings: the user's, or the one in CELLBENCH_CONFIG."""
    return Path(os.environ.get("CELLBENCH_CONFIG") or user_config_dir("napari-cellbench", False))


def cache_root() -> Path:
    """Return the folder of what can be had again: CELLBENCH_CACHE, else the user's cache."""
    return Path(os.environ.get("CELLBENCH_CACHE") or user_cache_dir("napari-cellbench", False))
