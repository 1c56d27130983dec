"""Where downloads go and where they come from, as the user or the lab wants it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path

from ..files.atomic import replacing
from ..files.places import cache_root, config_dir


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


def read_settings() -> Settings:
    """Return what was written last; the defaults where nothing was, or it is damaged."""
    return _read(config_dir() / "checkpoints.json")


def write_settings(settings: Settings) -> None:
    """Keep settings for this user.

    Raises
    ------
    InputError
        If the folder of settings can't be written.
    """
    path = config_dir() / "checkpoints.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part:
        part.write(json.dumps(asdict(settings), indent=1).encode())
    _read.cache_clear()


def cache_dir() -> Path:
    """Return the folder of downloads.

    It is ``checkpoints`` in the folder CELLBENCH_CACHE, else the folder of the settings, else in
    the user's cache.
    """
    if not os.environ.get("CELLBENCH_CACHE") and (folder := read_settings().folder):
        return Path(folder).expanduser()
    return cache_root() / "checkpoints"


def mirror() -> str:
    """Return the folder or address to ask first: CELLBENCH_MIRROR, else that of the settings."""
    return os.environ.get("CELLBENCH_MIRROR") or read_settings().mirror


# The gallery asks once for each of its rows.
@cache
def _read(path: Path) -> Settings:
    try:
        found = json.loads(path.read_text("utf-8"))
        return Settings(**{f.name: str(found.get(f.name, "")) for f in fields(Settings)})
    except (OSError, ValueError, AttributeError):
        return Settings()
