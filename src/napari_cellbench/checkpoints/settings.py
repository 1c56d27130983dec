"""Where downloads go and where they come from, as the user or the lab wants it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ..files.own import OwnFile
from ..files.places import cache_root, config_dir, expanded


@dataclass(frozen=True)
class Settings:
    """What the user chose; empty texts leave it to the defaults.

    Attributes
    ----------
    folder
        For downloads.
    mirror
        Folder or address (https://...) that is asked for a file before its authors are.
    """

    folder: str = ""
    mirror: str = ""


_SETTINGS = OwnFile(lambda: config_dir() / "checkpoints.json", Settings, Settings())


def read_settings() -> Settings:
    """Return what was written last; the defaults where nothing was, or it is damaged."""
    return _SETTINGS.read()


def write_settings(settings: Settings) -> None:
    """Keep settings for this user.

    Raises
    ------
    InputError
        If the folder of settings can't be written.
    """
    _SETTINGS.update(lambda _: settings)


def cache_dir() -> Path:
    """Return the folder of downloads.

    It is ``checkpoints`` in the folder CELLBENCH_CACHE, else the folder of the settings, else in
    the user's cache.
    """
    if not os.environ.get("CELLBENCH_CACHE") and (folder := read_settings().folder):
        return expanded(folder)
    return cache_root() / "checkpoints"


def mirror() -> str:
    """Return the folder or address to ask first: CELLBENCH_MIRROR, else that of the settings."""
    return os.environ.get("CELLBENCH_MIRROR") or read_settings().mirror
