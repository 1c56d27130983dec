"""The sets of corrected images that a person has used, the last one first."""

from __future__ import annotations

from pathlib import Path

from ..data.readers.correction_set import MANIFEST
from ..files.own import OwnFile
from ..files.places import config_dir, data_root

MOST = 20
"""That are remembered."""

_USED: OwnFile[tuple[str, ...]] = OwnFile(
    lambda: config_dir() / "correction_sets.json", tuple[str, ...], (), is_setting=False
)


def known_sets() -> list[Path]:
    """Return those that are still there, the one that was used last first."""
    return [folder for folder in map(Path, _USED.read()) if (folder / MANIFEST).is_file()]


def remember_set(folder: Path) -> None:
    """Put a set first.

    Raises
    ------
    InputError
        If the list can't be written.
    """
    name = str(folder.absolute())
    _USED.update(lambda known: (name, *(one for one in known if one != name))[:MOST])


def first_set() -> Path:
    """Return the folder of the set of those who have chosen none."""
    return data_root() / "correction sets" / "corrections"
