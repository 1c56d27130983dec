"""Folders that a person has used, the last one first, for the next start."""

from __future__ import annotations

from pathlib import Path

from .own import OwnFile
from .places import config_dir


class RecentFolders:
    """A list of folders in a file of ours.

    Parameters
    ----------
    file
        Its name, among the settings.
    most
        So many are remembered, the latest ones.
    """

    def __init__(self, file: str, most: int) -> None:
        self._most = most
        self._file: OwnFile[tuple[str, ...]] = OwnFile(
            lambda: config_dir() / file, tuple[str, ...], (), is_setting=False
        )

    def read(self) -> list[Path]:
        """Return them, whether they are still there or not."""
        return [Path(name) for name in self._file.read()]

    def put_first(self, folder: Path) -> None:
        """Remember a folder, given by its whole path, as the last one that was used.

        Raises
        ------
        InputError
            If the list can't be written.
        """
        name = str(folder)
        self._file.update(lambda known: (name, *(o for o in known if o != name))[: self._most])

    def drop(self, folder: Path) -> None:
        """Remember a folder no more; what is in it stays.

        Raises
        ------
        InputError
            If the list can't be written.
        """
        name = str(folder)
        self._file.update(lambda known: tuple(one for one in known if one != name))
