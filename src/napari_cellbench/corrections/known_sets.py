"""The sets of corrected images that a person has used, the last one first."""

from __future__ import annotations

from pathlib import Path

from ..data.readers.correction_set import MANIFEST
from ..files.places import data_root
from ..files.recent import RecentFolders

MOST = 20
"""That are remembered."""

_USED = RecentFolders("correction_sets.json", MOST)


def known_sets() -> list[Path]:
    """Return those that are still there, the one that was used last first."""
    return [folder for folder in _USED.read() if (folder / MANIFEST).is_file()]


def remember_set(folder: Path) -> None:
    """Put a set first.

    Raises
    ------
    InputError
        If the list can't be written.
    """
    _USED.put_first(folder.absolute())


def first_set() -> Path:
    """Return the folder of the set of those who have chosen none."""
    return data_root() / "correction sets" / "corrections"
